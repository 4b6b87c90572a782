/** Takes over the click id that another domain of the merchant put into this page's address. */

import { hostOf } from "./address.ts";
import { attempt } from "./attempt.ts";
import { keepClick, knownAffiliateUrl, knownClickId } from "./cookie.ts";
import { ADOPTED, type Line, NOT_ADOPTED } from "./log.ts";

/** Where it arrives no answer tells the window; this is a program's default. */
const WINDOW_DAYS = 60;
/** A visitor's clock may be behind the collector's. */
const SKEW_MS = 864e5;

/** @returns the unix ms in an id; 0 without one. */
const madeAt = (id: string | null | undefined): number => Number(id?.split("_")[2]) || 0;

/** @returns whether the visitor came from one of the domains; without a referrer nobody can tell, and it is believed. */
function cameFrom(domains: string[]): boolean {
  const host = attempt(() => new URL(document.referrer).hostname);
  const within = (domain: string) => `.${host}`.endsWith(`.${attempt(() => hostOf(domain))}`);
  return !host || [location.hostname, ...domains].some(within);
}

/**
 * @param domains of data-domains, that the id may come from.
 * @returns what was decided; undefined where there is no id to take. An own click that is newer stays, and so does one
 * that an id from the future would outlast, with every click to come.
 */
export function adopt(hrefs: string[], domains: string[], now = Date.now()): Line | undefined {
  const id = hrefs
    .map((href) => /[?&]affitor_click_id=(cust_[0-9a-f]{32}_\d{13})(?![^&#])/.exec(href)?.[1])
    .find(Boolean);
  if (!id) return undefined;
  const made = madeAt(id);
  if (made <= madeAt(knownClickId()) || made > now + SKEW_MS || !cameFrom(domains)) return [NOT_ADOPTED, id];
  const answer = { success: true, click_id: id, cookie_window_days: WINDOW_DAYS };
  keepClick(answer, knownAffiliateUrl() ?? "");
  return [ADOPTED, id];
}
