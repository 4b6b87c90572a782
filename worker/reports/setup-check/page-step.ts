import { onOwnHosts } from "../../own-hosts.ts";
import type { SetUpProgram } from "../setup/program.ts";
import type { FetchedPage } from "./fetch-page.ts";
import { type Found, ok, problem } from "./step.ts";

const CANNOT_READ =
  "Only what is public can be read from here. If visitors reach the page all the same, wait for the click; else mend the page, or the program's landing_url.";
const KEPT_OUT =
  "A login or a firewall may keep the collector out and let visitors in: let it pass, or wait for the click.";

/** @returns `page` where there is one to be looked at. Pure. */
export function pageStep(
  fetched: FetchedPage | { fault: string },
  program: SetUpProgram,
): { found: Found; page?: FetchedPage } {
  if ("fault" in fetched) return { found: problem(fetched.fault, CANNOT_READ) };
  const { url, redirects, status, type } = fetched;
  const place = shown(url);
  if (status < 200 || status > 299) {
    const hint = [401, 403, 429, 503].includes(status)
      ? KEPT_OUT
      : "Set the program's landing_url to a page that there is.";
    return { found: problem(`${place} answered ${status}`, hint) };
  }
  if (type !== "text/html" && type !== "application/xhtml+xml") {
    return {
      found: problem(
        `${place} answered ${type || "something without a type"}, which is no HTML`,
        "Set the program's landing_url to a page.",
      ),
    };
  }
  const way = redirects === 0 ? "" : ` after ${redirects} ${redirects === 1 ? "redirect" : "redirects"}`;
  if (!onOwnHosts(url.href, program)) {
    return {
      found: problem(
        `The page leads${way} to ${place}, which is on none of the program's domains`,
        `Add ${url.hostname} to the program's domains, or set landing_url to a page on one of them.`,
      ),
      page: fetched,
    };
  }
  return { found: ok(`${place} answered ${status}${way}`), page: fetched };
}

/** Without the query, which may be long and is nobody's business here. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
