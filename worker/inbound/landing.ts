/** The landing URL, taken apart. Pure. */

import type { ClickParams } from "../click.ts";
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

export interface Landing {
  host: string;
  /** The referral code; undefined where there is none or it is empty. */
  aff: string | undefined;
  params: ClickParams;
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
  return { host: url.hostname, aff: read("aff") || undefined, params };
}

/** Hash routers write `#/pricing?aff=X`; plain pages `#aff=X`. */
function fragmentParams(hash: string): URLSearchParams | undefined {
  if (!hash.includes("=")) return undefined;
  return new URLSearchParams(hash.slice(hash.indexOf("?") + 1 || 1));
}
