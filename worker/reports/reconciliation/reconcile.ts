/** The scheduled job: compares the last days of every program that has a key for Everflow's API. */

import { isTooManyCalls } from "../../delivery/calls.ts";
import type { Env } from "../../env.ts";
import { forgetFaults } from "./faults.ts";
import { affiliatesInTurn, comparedProgram, programsWithKey } from "./program.ts";
import { type Means, Run, reconcileDay } from "./reconcile-day.ts";
import { affiliatesIn } from "./sent.ts";

const DAY_MS = 86_400_000;
const DAY_SECONDS = 86_400;
/** Deliveries are tried for two days: today's, yesterday's and the day's before may still change. */
const DAYS = 3;
/** The runtime ends a cron trigger's run after 15 minutes. What is not compared by then comes first in the next run. */
const RUN_MS = 10 * 60_000;
/** So that a run that ends early has some of them whole; what was sent is read once for all of these. */
const AFFILIATES_AT_ONCE = 5;

/**
 * Compares days, unix days from `first` to before `end`, and keeps which affiliates could not be read. First those
 * that were not tried for the longest time.
 */
export async function reconcileDays(run: Run, { first, end }: { first: number; end: number }): Promise<void> {
  const { env, program } = run;
  const period = { from: first * DAY_SECONDS, to: end * DAY_SECONDS };
  const all = [...(await affiliatesIn(env.DB, program, period)).keys()];
  await forgetFaults(env.DB, program.id, all);
  const affiliates = await affiliatesInTurn(env.DB, { program_id: program.id, all, first });
  for (let i = 0; i < affiliates.length && !run.isOver; i += AFFILIATES_AT_ONCE) {
    const some = affiliates.slice(i, i + AFFILIATES_AT_ONCE);
    for (let day = first; day < end && !run.isOver; day++) await reconcileDay(run, day, some);
  }
}

/**
 * Ends in time, and goes on in the next run. A program that fails is logged and holds up no other.
 * @param now unix ms.
 */
export async function reconcile(env: Env, now: number, means: Means = {}): Promise<void> {
  const clock = means.now ?? Date.now;
  const until = clock() + RUN_MS;
  const today = Math.floor(now / DAY_MS);
  const first = today - DAYS + 1;
  for (const id of await programsWithKey(env.DB, first)) {
    try {
      const program = await comparedProgram(env.DB, id);
      if (!program?.settings) continue;
      const run = new Run(env, program, now, { ...means, until });
      await reconcileDays(run, { first, end: today + 1 });
      for (const [affiliate, fault] of run.faults) {
        console.warn(`reconciliation of program ${id}, Everflow affiliate ${affiliate}: ${fault}`);
      }
      if (run.isOver) return;
    } catch (error) {
      console.error(`reconciliation of program ${id}`, error);
      if (isTooManyCalls(error)) return;
    }
  }
}
