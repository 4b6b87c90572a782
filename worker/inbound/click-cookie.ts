/** The server-set cookie (CONTRACTS 1): Safari caps script-written cookies at 7 days, this one is not. Pure. */

import { getDomain } from "tldts";
import type { Program } from "../click.ts";

export const CLICK_COOKIE = "affitor_click_id";
/** Browsers cap a cookie's life at 400 days; a larger Max-Age is only cut. */
const DAY_SECONDS = 86_400;

/**
 * @param page what will carry the cookie.
 * @returns the value of Set-Cookie, or undefined where the browser would refuse it or nobody asked for it.
 */
export function clickCookie(
  collector: URL,
  page: URL,
  program: Program,
  clickId: string,
): string | undefined {
  const host = page.hostname;
  if (!program.domains.some((domain) => belongsTo(host, domain))) return undefined;
  // http and https are two sites: https://html.spec.whatwg.org/multipage/browsers.html#same-site
  if (page.protocol !== collector.protocol) return undefined;
  const site = getDomain(host, { allowPrivateDomains: true });
  if (!site || site !== getDomain(collector.hostname, { allowPrivateDomains: true })) return undefined;
  const secure = collector.protocol === "https:" ? "; Secure" : "";
  const maxAge = program.cookie_window_days * DAY_SECONDS;
  return `${CLICK_COOKIE}=${clickId}; Max-Age=${maxAge}; Domain=${site}; Path=/; SameSite=Lax${secure}`;
}

function belongsTo(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
