/** Deliveries of unclear outcome, and what Everflow's click report says of them. Pure. */

import type { EverflowClick } from "../networks/everflow-api.ts";
import { CLICK_ERRORS, DUPLICATE_CLICK } from "../networks/everflow-errors.ts";
import { isPutOff } from "../networks/judge-status.ts";
import type { Attempt, DueDelivery, Settlement } from "./outbox.ts";

/** How the words of an answer begin that says what became of the click: see worker/networks/everflow.ts. */
const SAYS = /^error_code (?!0,)/;

/**
 * Whether Everflow may have the click without our knowing: of some attempt no answer came, or none that says what
 * became of it. A later "try again" changes nothing about that. A refusal does: only a manager has it sent again then.
 */
export function isUnclear({ attempts, reason }: Pick<DueDelivery, "attempts" | "reason">): boolean {
  if (reason?.startsWith(FOUND)) return false;
  return attempts.slice(attempts.findLastIndex(isRefusal) + 1).some(leavesOpen);
}

export function leavesOpen({ status, words }: Attempt): boolean {
  return status === null || (isSuccess(status) && !SAYS.test(words));
}

function isRefusal(attempt: Attempt): boolean {
  return !leavesOpen(attempt) && !isPutOff(attempt.status!);
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

/** What of a report's row tells how a delivery ended. */
export type Ending = Pick<EverflowClick, "transaction_id" | "error_code">;

/**
 * @param rows of the report with this delivery's click id; none leaves it as it is, to be sent again.
 * @returns delivered where one of them counts, and where one is a duplicate of a click whose row is not shown.
 */
export function settledBy(event_id: string, rows: readonly Ending[]): Settlement | undefined {
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

/** Begins the reason of what was settled from the report. */
export const FOUND = "found in Everflow's click report";
