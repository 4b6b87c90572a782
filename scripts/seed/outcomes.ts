/** What networks made of the deliveries of the demo year. Pure but for `random`. */

import { CLICK_ERRORS } from "../../worker/networks/everflow-errors.ts";
import { type Random, weighted } from "./random.ts";

type Network = "everflow" | "avantlink";

export interface Attempt {
  at: number;
  duration_ms: number;
  status: number | null;
  words: string;
}

export interface Outcome {
  state: "pending" | "delivered" | "rejected" | "dead";
  reason: string | null;
  reference: string | null;
  next_attempt_at: number;
  attempts: Attempt[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Days ago, hours long, what the network said: clicks of that time arrived late. */
const OUTAGES: { network: Network; ago: number; hours: number; status: number | null; words: string }[] = [
  { network: "everflow", ago: 17, hours: 3, status: 503, words: "Service Unavailable" },
  { network: "avantlink", ago: 64, hours: 5, status: null, words: "no answer within 10 s" },
  { network: "everflow", ago: 211, hours: 2, status: 502, words: "Bad Gateway" },
];

const REFUSALS = {
  everflow: weighted(
    ([2, 9, 14, 20, 21, 25, 1] as const).map((code) => `error_code ${code}: ${CLICK_ERRORS[code]}`),
    (_, i) => 1 / (i + 1),
  ),
  avantlink: weighted(
    ["Invalid avad (invalid_avad)", "Merchant is not active (merchant_inactive)"],
    (_, i) => 1 / (i + 1),
  ),
};

export function outcome(network: Network, at: number, now: number, random: Random): Outcome | undefined {
  const age = now - at;
  // On its way at this moment.
  if (age < 2 * MINUTE_MS && random.chance(0.8)) return undefined;
  const outage = OUTAGES.find(
    (each) =>
      each.network === network && age < each.ago * DAY_MS && age > each.ago * DAY_MS - each.hours * HOUR_MS,
  );
  const first = at + 250 + random.below(400);
  if (outage) {
    const over = now - (outage.ago * DAY_MS - outage.hours * HOUR_MS);
    return delivered(network, late(first, over, outage, random), random);
  }
  const lot = random.number();
  if (lot < 0.004 && age < DAY_MS) return waiting(late(first, now, BUSY, random), now, random);
  if (lot < 0.02) return refused(network, first, random);
  if (lot < 0.023 && age > 50 * HOUR_MS) return dead(late(first, at + 48 * HOUR_MS, BUSY, random));
  if (lot < 0.04) return delivered(network, late(first, first + 30_000, BUSY, random), random);
  return delivered(network, [], random, first);
}

const BUSY = { status: 503, words: "Service Unavailable" };

/** Attempts that fail, each later than the last, as the courier waits; the last of them before `end`. */
function late(
  first: number,
  end: number,
  said: { status: number | null; words: string },
  random: Random,
): Attempt[] {
  const attempts: Attempt[] = [];
  let wait = 2_000;
  for (
    let at = first;
    at < end;
    at += Math.floor(wait * (0.5 + random.number() / 2)), wait = Math.min(2 * wait, HOUR_MS)
  ) {
    const duration_ms = said.status === null ? 10_000 : 40 + random.below(400);
    attempts.push({ at, duration_ms, status: said.status, words: said.words });
  }
  return attempts;
}

function delivered(network: Network, before: Attempt[], random: Random, at?: number): Outcome {
  const last = before.at(-1);
  const words = network === "everflow" ? "error_code 0" : "success";
  const when = at ?? last!.at + 1_000 + random.below(60_000);
  // Most answer at once, some take their time.
  const duration_ms = Math.round((network === "everflow" ? 45 : 90) / (0.05 + random.number()) ** 0.8);
  const attempts = [...before, { at: when, duration_ms, status: 200, words }];
  const reference = network === "everflow" ? random.hex(32) : null;
  return { state: "delivered", reason: words, reference, next_attempt_at: 0, attempts };
}

function refused(network: Network, at: number, random: Random): Outcome {
  const words = REFUSALS[network](random);
  const status = network === "everflow" ? 200 : 400;
  const attempts = [{ at, duration_ms: 60 + random.below(200), status, words }];
  return { state: "rejected", reason: words, reference: null, next_attempt_at: 0, attempts };
}

function dead(attempts: Attempt[]): Outcome {
  return { state: "dead", reason: BUSY.words, reference: null, next_attempt_at: 0, attempts };
}

function waiting(attempts: Attempt[], now: number, random: Random): Outcome {
  const next_attempt_at = now + random.below(HOUR_MS);
  return { state: "pending", reason: BUSY.words, reference: null, next_attempt_at, attempts };
}
