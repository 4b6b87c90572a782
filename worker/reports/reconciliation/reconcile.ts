/** The scheduled job: compares the last days of every program that has a key for Everflow's API. */

import type { Env } from "../../env.ts";
import { reportedAs } from "../../networks/everflow-api.ts";
import { comparedProgram, programsWithKey } from "./program.ts";
import { Run, reconcileDay } from "./reconcile-day.ts";

const DAY_MS = 86_400_000;
/** Deliveries are tried for two days: today's, yesterday's and the day's before may still change. */
const DAYS = 3;

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
      if (!reportedAs(run.click_id_param)) continue;
      for (let day = today - DAYS + 1; day <= today; day++) await reconcileDay(run, day);
      for (const [affiliate, fault] of run.faults) {
        console.warn(`reconciliation of program ${id}, Everflow affiliate ${affiliate}: ${fault}`);
      }
    } catch (error) {
      console.error(`reconciliation of program ${id}`, error);
    }
  }
}
