/** Deliveries of unclear outcome, and what Everflow's click report says of them. Pure. */

import type { EverflowClick } from "../networks/everflow-api.ts";
import { CLICK_ERRORS, DUPLICATE_CLICK } from "../networks/everflow-errors.ts";
import type { Attempt, Settlement } from "./outbox.ts";

/** Whether the last attempt got no answer: the network may have the click, or not. */
export function isUnclear(attempts: readonly Attempt[]): boolean {
  return attempts.length > 0 && attempts.at(-1)!.status === null;
}

/**
 * @param rows of the report with this delivery's click id; none leaves it as it is, to be sent again.
 * @returns delivered where one of them counts, and where one is a duplicate of a click whose row is not shown.
 */
export function settledBy(event_id: string, rows: readonly EverflowClick[]): Settlement | undefined {
  const [first] = rows;
  if (!first) return undefined;
  const counted = rows.find(({ error_code }) => error_code === 0);
  const settled = { event_id, next_attempt_at: 0 };
  if (counted) {
    return { ...settled, state: "delivered", reason: FOUND, reference: counted.transaction_id };
  }
  if (first.error_code === DUPLICATE_CLICK) {
    return { ...settled, state: "delivered", reason: FOUND, reference: null };
  }
  const words = CLICK_ERRORS[first.error_code] ?? "a refusal that Everflow does not document";
  const reason = `${FOUND}: error_code ${first.error_code}: ${words}`;
  return { ...settled, state: "rejected", reason, reference: null };
}

const FOUND = "found in Everflow's click report";
