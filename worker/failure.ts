/** Expected failures are values. Each dialect maps them to its own HTTP answer in one exhaustive switch. */

import type { Program } from "./click.ts";

export type Failure =
  /** A known field of the request is missing or malformed; nothing was stored. */
  | { failure: "invalid"; field: string; message: string }
  | { failure: "too_large"; limit_bytes: number }
  | { failure: "no_referral" }
  | { failure: "link_not_found" }
  | { failure: "link_broken" }
  /** Several active programs have the merchant that was named. */
  | { failure: "merchant_ambiguous" }
  | { failure: "link_inactive"; program: Program };

export function isFailure(value: object): value is Failure {
  return "failure" in value;
}

export function invalid(field: string, message: string): Failure {
  return { failure: "invalid", field, message };
}
