/** The scheduled job: compares the last days of every program that has a key for Everflow's API. */

import type { Env } from "../../env.ts";
import { writeFaults } from "./faults.ts";
import { comparedProgram, programsWithKey } from "./program.ts";
import { Run, reconcileDay } from "./reconcile-day.ts";

const DAY_MS = 86_400_000;
/** Deliveries are tried for two days: today's, yesterday's and the day's before may still change. */
const DAYS = 3;

/** Compares days, unix days from `first` to before `end`, and keeps which affiliates could not be read. */
export async function reconcileDays(run: Run, { first, end }: { first: number; end: number }): Promise<void> {
  for (let day = first; day < end; day++) await reconcileDay(run, day);
  await writeFaults(run.env.DB, run.program.id, run.faults, run.now);
}

/**
 * A program that fails is logged and holds up no other.
 * @param now unix ms. @param call what to fetch with; the runtime's own where left out.
 */
export async function reconcile(env: Env, now: number, call?: typeof fetch): Promise<void> {
  const today = Math.floor(now / DAY_MS);
  for (const id of await programsWithKey(env.DB)) {
    try {
      const program = await comparedProgram(env.DB, id);
      if (!program?.settings) continue;
      const run = new Run(env, program, now, call);
      await reconcileDays(run, { first: today - DAYS + 1, end: today + 1 });
      for (const [affiliate, fault] of run.faults) {
        console.warn(`reconciliation of program ${id}, Everflow affiliate ${affiliate}: ${fault}`);
      }
    } catch (error) {
      console.error(`reconciliation of program ${id}`, error);
    }
  }
}
