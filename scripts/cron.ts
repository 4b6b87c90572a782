/** The Worker's cron triggers on this machine: Miniflare reads them from wrangler.toml and never runs them. */

import type { Miniflare } from "miniflare";
import { cronPattern } from "./cron-pattern.ts";

export interface Cron {
  /** Resolves when the runs under way have ended, but cuts off what takes longer than some seconds. */
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;
const EVERY_MINUTE = "* * * * *";
/** A sweep takes less. What is cut off is not lost: a run may be killed at any moment. */
const CLOSE_MS = 3_000;

/**
 * Runs the Worker's `scheduled` handler for each of the triggers when it is due, in the current minute first. What
 * falls due while the trigger's last run is under way, or while the machine sleeps, runs once afterwards. A run that
 * fails is told of, and the next one comes all the same.
 *
 * @param crons of wrangler.toml
 * @returns when the triggers of every minute have run once
 */
export async function openCron(mf: Miniflare, crons: readonly string[]): Promise<Cron> {
  const worker = await mf.getWorker();
  const begin = Math.floor(Date.now() / MINUTE_MS);
  const triggers = crons.map((cron) => ({ cron, isDue: cronPattern(cron), looked: begin - 1 }));
  const running = new Map<string, Promise<void>>();
  let closed = false;

  async function run(cron: string): Promise<void> {
    try {
      // Not the minute's beginning: what fell due since is to be seen at the start.
      const { outcome } = await worker.scheduled({ cron, scheduledTime: new Date() });
      if (outcome !== "ok" && !closed) console.error(`The cron trigger "${cron}" ended in ${outcome}`);
    } catch (error) {
      if (!closed) console.error(`The cron trigger "${cron}" failed`, error);
    }
    running.delete(cron);
  }

  function look(): void {
    const now = Math.floor(Date.now() / MINUTE_MS);
    for (const trigger of triggers) {
      if (running.has(trigger.cron)) continue;
      let due = now;
      while (due > trigger.looked && !trigger.isDue(due * MINUTE_MS)) due--;
      if (due > trigger.looked) running.set(trigger.cron, run(trigger.cron));
      trigger.looked = now;
    }
  }

  look();
  await running.get(EVERY_MINUTE);
  const timer = setInterval(look, MINUTE_MS);
  return {
    close: async () => {
      closed = true;
      clearInterval(timer);
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const limit = setTimeout(resolve, CLOSE_MS);
      await Promise.race([Promise.all(running.values()), late]);
      clearTimeout(limit);
    },
  };
}
