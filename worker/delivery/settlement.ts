/** From an attempt to the delivery's new state (CONTRACTS 6). Pure: `now` and `random` are passed in. */

import { isPutOff } from "../networks/judge-status.ts";
import type { Attempted } from "./attempt.ts";
import { backoff_ms } from "./backoff.ts";
import type { Attempt, DueDelivery, SentWith, Settlement } from "./outbox.ts";

export function settlementOf(
  delivery: DueDelivery,
  { judgement, attempt }: Attempted,
  now: number,
  random: number,
): Settlement {
  const sent_with = sentWith(delivery, attempt);
  const settled = {
    event_id: delivery.event_id,
    reason: judgement.words,
    reference: null,
    attempt,
    sent_with,
  };
  switch (judgement.outcome) {
    case "delivered":
      return { ...settled, state: "delivered", reference: judgement.reference ?? null, next_attempt_at: 0 };
    case "rejected":
      return { ...settled, state: "rejected", next_attempt_at: 0 };
    case "retry": {
      if (now >= delivery.give_up_at) return { ...settled, state: "dead", next_attempt_at: 0 };
      const wait = judgement.retry_after_ms ?? backoff_ms(delivery.attempts.length + 1, random);
      // The last attempt is made at the end of the time, however long the network asks to wait beyond it.
      return { ...settled, state: "pending", next_attempt_at: Math.min(now + wait, delivery.give_up_at) };
    }
  }
}

/** @returns undefined where the network only put it off: what an earlier attempt was sent with may be there still. */
function sentWith({ link_everflow }: DueDelivery, { status }: Attempt): SentWith | undefined {
  if (!link_everflow || (status !== null && isPutOff(status))) return undefined;
  return { offer_id: Number(link_everflow.offer_id), affiliate_id: Number(link_everflow.affiliate_id) };
}
