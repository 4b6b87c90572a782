/** What of a page matters to the tracker: its script tags and the policies in its head. */

import { decodeEntities } from "./decode-entities.ts";

export interface ScriptTag {
  src: URL;
  type: string;
  /** data-program, or Affitor's name for it. */
  program: string | undefined;
  /** data-affitor-api-base */
  apiBase: string | undefined;
  integrity: string | undefined;
  crossorigin: boolean;
  nonce: string | undefined;
  /** Of the page's metaPolicies, how many stand before it: a later one does not hold for it. */
  policiesBefore: number;
}

export interface ReadPage {
  scripts: ScriptTag[];
  /** Contents of <meta http-equiv="Content-Security-Policy">. */
  metaPolicies: string[];
}

/** @param url the page's. @throws for HTML that the runtime's parser gives up on. */
export async function readPage(html: string, url: URL): Promise<ReadPage> {
  const scripts: ScriptTag[] = [];
  const metaPolicies: string[] = [];
  let base = url;
  const rewriter = new HTMLRewriter()
    .on("base[href]", {
      element: (element) => {
        if (base === url) base = URL.parse(attribute(element, "href")!, url.href) ?? url;
      },
    })
    .on("meta[http-equiv]", {
      element: (element) => {
        const name = attribute(element, "http-equiv")!.trim().toLowerCase();
        const content = attribute(element, "content");
        if (name === "content-security-policy" && content) metaPolicies.push(content);
      },
    })
    .on("script[src]", {
      element: (element) => {
        const src = URL.parse(attribute(element, "src")!.trim(), base.href);
        if (!src) return;
        scripts.push({
          src,
          type: attribute(element, "type")?.trim() ?? "",
          program: attribute(element, "data-program") ?? attribute(element, "data-affitor-program-id"),
          apiBase: attribute(element, "data-affitor-api-base"),
          integrity: attribute(element, "integrity")?.trim() || undefined,
          crossorigin: element.hasAttribute("crossorigin"),
          nonce: attribute(element, "nonce"),
          policiesBefore: metaPolicies.length,
        });
      },
    });
  await rewriter.transform(new Response(html)).arrayBuffer();
  return { scripts, metaPolicies };
}

/** HTMLRewriter leaves character references as they are written. */
function attribute(element: Element, name: string): string | undefined {
  const value = element.getAttribute(name);
  return value === null ? undefined : decodeEntities(value);
}
