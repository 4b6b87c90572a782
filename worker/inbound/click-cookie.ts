/** The server-set cookie (CONTRACTS 1): Safari caps script-written cookies at 7 days, this one is not. Pure. */

import { getDomain } from "tldts";
import type { Program } from "../click.ts";

export const CLICK_COOKIE = "affitor_click_id";
/** Browsers cap a cookie's life at 400 days; a larger Max-Age is only cut. */
const DAY_SECONDS = 86_400;

/**
 * @param page the host of the page that will carry the cookie.
 * @returns the value of Set-Cookie, or undefined where the browser would refuse it or nobody asked for it.
 */
export function clickCookie(
  collector: URL,
  page: string,
  program: Pick<Program, "domains" | "cookie_window_days">,
  clickId: string,
): string | undefined {
  if (!program.domains.some((domain) => belongsTo(page, domain))) return undefined;
  const site = getDomain(page, { allowPrivateDomains: true });
  if (!site || site !== getDomain(collector.hostname, { allowPrivateDomains: true })) return undefined;
  const secure = collector.protocol === "https:" ? "; Secure" : "";
  const maxAge = program.cookie_window_days * DAY_SECONDS;
  return `${CLICK_COOKIE}=${clickId}; Max-Age=${maxAge}; Domain=${site}; Path=/; SameSite=Lax${secure}`;
}

function belongsTo(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
