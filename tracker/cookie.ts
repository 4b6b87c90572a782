/** What the visitor's browser remembers, under Affitor's names: servers and payment metadata read these cookies. */
import Cookies from "js-cookie";
import { attempt } from "./attempt.ts";
import { store, tabStore, VISIT } from "./store.ts";

export const CLICK_ID = "affitor_click_id";
/** The ids that this browser has had, newest last, joined by "|". */
const CLICK_IDS = "affitor_click_ids";
const MAX_CLICK_IDS = 20;
/** Of the last landing, URL-encoded. */
const AFFILIATE_URL = "affitor_aff_url";
/** How older integrations call the click id. */
const LEGACY_CLICK_ID = "customer_code";
/** A browser refuses a cookie of more than 4 KB. */
const MAX_URL_LENGTH = 2e3;
const DAY_SECONDS = 86_400;

/** Of the collector's answer, what is used. Without `click_id` (inactive link, test event) there is nothing to keep. */
export interface Answer {
  /** The status of a refusal. */
  success: boolean | number;
  click_id?: string;
  cookie_window_days?: number;
  /** The collector set `affitor_click_id` itself. */
  cookie_set?: boolean;
}

/** {@link broadestDomain}: every look at a cookie may wait for another process. */
let site: string | undefined;

/** All values under a name, the oldest first: another script may have set one for this host alone. */
const read = (name: string): string[] => attempt(() => Cookies.get(name) as unknown as string[]) || [];

/**
 * For the whole site, instead of what another script set for this host alone: of two the browser lists the older
 * first, and that would be read for ever.
 *
 * @param value "" leaves the site's as it is.
 * @param days negative to take the cookie away; undefined for as long as the browser runs.
 */
const write = (name: string, value: string, days: number | undefined) =>
  attempt(() => {
    Cookies.set(name, "", { "max-age": -1 });
    if (value)
      Cookies.set(name, value, {
        "max-age": days! * DAY_SECONDS,
        domain: broadestDomain(),
        secure: (location.href > "https") as unknown as boolean,
        sameSite: "Lax",
      });
  });

/** undefined for a new visitor. */
export const knownClickId = (): string | undefined => read(CLICK_ID)[0] || read(LEGACY_CLICK_ID)[0];

/** Of the last landing that was answered. */
export const knownAffiliateUrl = (): string | undefined => read(AFFILIATE_URL)[0];

/** @param url of the landing. */
export function keepClick(answer: Answer, url: string): void {
  const days = answer.cookie_window_days;
  // Safari forgets a script's cookies after seven days, but not the collector's: that one stays as it is.
  write(CLICK_ID, answer.cookie_set ? "" : answer.click_id!, days);
  write(
    CLICK_IDS,
    [...read(CLICK_IDS), answer.click_id]
      .join("|")
      .split("|")
      .filter((id, at, all) => !all.includes(id, at + 1))
      .slice(-MAX_CLICK_IDS)
      .join("|"),
    days,
  );
  write(AFFILIATE_URL, url.slice(0, MAX_URL_LENGTH), days);
}

/** Takes back everything of ours. */
export function forget(): void {
  for (const key of [...Object.keys(store), ...Object.keys(tabStore), CLICK_ID, CLICK_IDS, AFFILIATE_URL]) {
    if (/^affitor_/.test(key)) {
      delete store[key];
      delete tabStore[key];
      write(key, key, -1);
    }
  }
}

/**
 * The browser knows the public suffixes: of "www.shop.co.uk" it refuses "uk" and "co.uk", and takes "shop.co.uk".
 * On localhost and on IP addresses it takes the whole name only, and makes of it a host-only cookie.
 */
export function broadestDomain(): string | undefined {
  if (!site) {
    site = attempt(() => {
      const domain = location.hostname.split(".").reduceRight((domain, label) => {
        Cookies.set(VISIT, "1", { domain });
        return Cookies.get(VISIT)![0] ? domain : label + "." + domain;
      });
      Cookies.set(VISIT, "", { domain, "max-age": -1 });
      return domain;
    });
  }
  return site;
}
