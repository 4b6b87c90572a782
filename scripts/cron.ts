/** The Worker's cron trigger on this machine: Miniflare reads it from wrangler.toml and never runs it. */

import type { Miniflare } from "miniflare";

export interface Cron {
  /** Resolves when the run that is under way, if any, has ended. */
  close(): Promise<void>;
}

/** "* * * * *" of wrangler.toml. */
const EVERY_MS = 60_000;

/**
 * Runs the Worker's `scheduled` handler now and every minute from now on. A run that fails is told of, and the next
 * one comes all the same.
 *
 * @returns when the first run has ended
 */
export async function openCron(mf: Miniflare): Promise<Cron> {
  const worker = await mf.getWorker();
  let running: Promise<void> | undefined;
  async function run(): Promise<void> {
    try {
      const { outcome } = await worker.scheduled({ scheduledTime: new Date() });
      if (outcome !== "ok") console.error(`The cron trigger ended in ${outcome}`);
    } catch (error) {
      console.error("The cron trigger failed", error);
    }
    running = undefined;
  }
  function start(): void {
    running ??= run();
  }

  start();
  await running;
  const timer = setInterval(start, EVERY_MS);
  return {
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
