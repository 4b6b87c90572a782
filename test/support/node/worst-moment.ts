import { setImmediate as turn } from "node:timers/promises";
import type { Stored } from "./stored.ts";

const STEP_MS = 0.3;
const SEARCH_MS = 5_000;

/**
 * Freezes a running collector when D1 has taken a batch and the Intake does not know it yet: a kill then is what
 * recording once has to survive. That lasts about a millisecond, which no timer hits: the collector is let run in
 * steps shorter than that, and looked at in between. Leaves it frozen, also when the moment was not found in time.
 *
 * @param group of processes: Node's and workerd's
 */
export async function freezeInWorstMoment(group: number, disk: Stored): Promise<void> {
  const commits = disk.d1Commits();
  const deadline = performance.now() + SEARCH_MS;
  let seen = commits.count();
  try {
    do {
      process.kill(-group, "SIGCONT");
      for (const end = performance.now() + STEP_MS; performance.now() < end; );
      process.kill(-group, "SIGSTOP");
      // The visitors take in their answers.
      await turn();
      const now = commits.count();
      if (now !== seen && disk.waitingInD1().length > 0) return;
      seen = now;
    } while (performance.now() < deadline);
  } finally {
    commits.close();
  }
}
