/** The query of an Everflow-shaped click: /clk (seed 000) and /sdk/click (CONTRACTS 2). Pure. */

import type { ClickParams, LinkKey } from "../click.ts";
import { type Failure, invalid } from "../failure.ts";
import { cut } from "./text.ts";

const PARAM_LENGTH = 512;

const numbered = (name: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${name}${from + i}`);

/** The seed's optional parameters, and those that only Everflow's own script sends: kept and forwarded. */
export const EVERFLOW_PARAMS: readonly string[] = [
  ...numbered("sub", 1, 10),
  ...numbered("adv", 1, 10),
  "source_id",
  "uid",
  "creative_id",
  "coupon_code",
  "fbclid",
  "gclid",
  "ttclid",
  "sccid",
  "idfa",
  "google_aid",
  "android_id",
  // Of generated links (seed 001). Kept with the click; /clk documents no parameter that it could go out as.
  "traffic_source_id",
];

/** Everflow's own ids are small; with 15 digits a number is exact. */
const INTEGER = /^\d{1,15}$/;
const IDFA = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** What is there, as received; with several of a name the first counts. */
export function everflowParams(query: URLSearchParams): ClickParams {
  const params: ClickParams = {};
  for (const name of EVERFLOW_PARAMS) {
    const value = query.get(name);
    if (value) params[name] = cut(value, PARAM_LENGTH);
  }
  return params;
}

export interface EverflowPair {
  oid: number;
  affid: number;
  link: LinkKey;
}

/** @returns the offer and affiliate that name the link, or which of them is missing or no integer. */
export function everflowPair(query: URLSearchParams): EverflowPair | Failure {
  for (const name of ["oid", "affid"]) {
    const value = query.get(name);
    if (!value) return invalid(name, `${name} is required`);
    if (!INTEGER.test(value)) return invalid(name, `${name} must be an integer`);
  }
  const oid = Number(query.get("oid"));
  const affid = Number(query.get("affid"));
  return { oid, affid, link: { by: "everflow", offer_id: oid, affiliate_id: affid } };
}

/** @returns which of the seed's typed optional parameters is not of its type. */
export function typeFault(params: ClickParams): Failure | undefined {
  for (const name of ["uid", "creative_id"]) {
    const value = params[name];
    if (value && !INTEGER.test(value)) return invalid(name, `${name} must be an integer`);
  }
  if (params.idfa && !IDFA.test(params.idfa)) {
    return invalid("idfa", "idfa must have the format 8-4-4-4-12");
  }
  return undefined;
}
