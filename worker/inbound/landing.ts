/** The landing URL, taken apart. Pure. */

import type { Arrival, ClickParams } from "../click.ts";
import { cut } from "./text.ts";

const PARAM_LENGTH = 512;

/** Kept from the landing URL for forwarding, as received (CONTRACTS 1). */
const FORWARDED = [
  "avad",
  "gclid",
  "fbclid",
  "ttclid",
  "sub1",
  "sub2",
  "sub3",
  "sub4",
  "sub5",
  "source_id",
  "coupon_code",
  "_ef_transaction_id",
] as const;

/** What the redirect of a tracking link adds to the landing URL, beside aff. */
export const CLICK_PARAM = "cf_click";
export const SEAL_PARAM = "cf_seal";
/** A tracking link's encrypted parameters, which stay so on the landing page: see params-token.ts. */
export const SEALED_PARAMS_PARAM = "cf_params";

export interface Landing {
  /** Without the dot that a full name may end in: `shop.example.` is `shop.example`. */
  host: string;
  /** The referral code; undefined where there is none or it is empty. */
  aff: string | undefined;
  params: ClickParams;
  /** The end of a click that a tracking link may have counted already. */
  arrival: Arrival | undefined;
  sealed_params: string | undefined;
}

/** @returns undefined for what is not an absolute http(s) URL. */
export function parseLanding(affiliateUrl: string): Landing | undefined {
  const url = URL.parse(affiliateUrl);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) return undefined;
  const query = url.searchParams;
  const fragment = fragmentParams(url.hash);
  // With several of a name the first counts, and the query stands before the fragment.
  const read = (name: string) => query.get(name) ?? fragment?.get(name) ?? "";
  const params: ClickParams = {};
  for (const name of FORWARDED) {
    const value = read(name);
    if (value) params[name] = cut(value, PARAM_LENGTH);
  }
  const click_id = read(CLICK_PARAM);
  const seal = read(SEAL_PARAM);
  return {
    host: url.hostname.replace(/\.$/, ""),
    aff: read("aff") || undefined,
    params,
    arrival: click_id && seal ? { click_id, seal } : undefined,
    sealed_params: read(SEALED_PARAMS_PARAM) || undefined,
  };
}

/** Hash routers write `#/pricing?aff=X`; plain pages `#aff=X`. */
function fragmentParams(hash: string): URLSearchParams | undefined {
  if (!hash.includes("=")) return undefined;
  return new URLSearchParams(hash.slice(hash.indexOf("?") + 1 || 1));
}
