/** The merchant's page, as a visitor's browser would be given it: bounded in time, size and redirects. */

import packageJson from "../../../package.json" with { type: "json" };
import { connectionWords } from "../../delivery/connection-words.ts";
import { readUpTo } from "../../delivery/read-up-to.ts";
import { type TargetRules, targetFault } from "../../networks/target.ts";

const MAX_REDIRECTS = 3;
const PAGE_LIMIT_BYTES = 1024 * 1024;
const USER_AGENT = `Mozilla/5.0 (compatible; Clickferry/${packageJson.version}; set-up check)`;

export interface FetchedPage {
  /** Where the redirects ended. */
  url: URL;
  redirects: number;
  status: number;
  /** "text/html", without parameters. */
  type: string;
  /** The header Content-Security-Policy. */
  csp: string | null;
  html: string;
}

export interface FetchOptions {
  /** For all of it. */
  timeout_ms: number;
  targets: TargetRules;
  fetch: typeof fetch;
}

/** Never throws. @returns `fault`: why there is no page, as a sentence. */
export async function fetchPage(
  address: string,
  { timeout_ms, targets, fetch }: FetchOptions,
): Promise<FetchedPage | { fault: string }> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeout_ms);
  try {
    let url = new URL(address);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const unfit = targetFault(url.href, targets);
      if (unfit)
        return {
          fault: `${redirects > 0 ? "The page redirects; its next address" : "The page's address"} ${unfit}`,
        };
      const response = await fetch(reachable(url).href, {
        headers: { "User-Agent": USER_AGENT, Accept: "text/html,application/xhtml+xml" },
        redirect: "manual",
        signal: controller.signal,
      });
      const location = response.headers.get("Location");
      if (response.status >= 300 && response.status <= 399 && location) {
        await response.body?.cancel();
        const next = URL.parse(location, url.href);
        if (!next) return { fault: "The page redirects to what is no address" };
        url = next;
        continue;
      }
      return {
        url,
        redirects,
        status: response.status,
        type: (response.headers.get("Content-Type") ?? "").split(";")[0]!.trim().toLowerCase(),
        csp: response.headers.get("Content-Security-Policy"),
        html: await readUpTo(response, PAGE_LIMIT_BYTES),
      };
    }
    return { fault: `The page redirects more than ${MAX_REDIRECTS} times` };
  } catch (error) {
    if (controller.signal.aborted) return { fault: `The page did not answer within ${timeout_ms / 1000} s` };
    return { fault: `The page could not be reached: ${connectionWords(error)}` };
  } finally {
    clearTimeout(timer);
  }
}

/** Names below .localhost are this machine (RFC 6761, 6.3), which browsers know and name servers often do not. */
function reachable(url: URL): URL {
  if (!url.hostname.endsWith(".localhost")) return url;
  const there = new URL(url);
  there.hostname = "127.0.0.1";
  return there;
}
