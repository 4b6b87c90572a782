/** Ends what an earlier start on the same data folder left behind. */

import { setTimeout as delay } from "node:timers/promises";
import { CannotStart } from "./cannot-start.ts";
import { processesNamed } from "./processes.ts";
import { workerdName } from "./workerd-name.ts";

const END_MS = 5_000;
const LOOK_EVERY_MS = 20;

/**
 * A workerd whose Node process was killed with -9 lives on where the kernel cannot end it (scripts/workerd.sh), and
 * holds the port and the databases. Call with the data folder's lock held: a workerd of its name is then nobody's.
 * SIGKILL, as Miniflare itself ends it: what is durable is durable, and there is nothing to say goodbye to.
 *
 * @returns how many were ended
 * @throws {CannotStart} when one does not end
 */
export async function endOrphans(dataDir: string): Promise<number> {
  const name = workerdName(dataDir);
  const orphans = processesNamed(name);
  for (const pid of orphans) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw stays(pid);
    }
  }
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    const left = processesNamed(name);
    if (left.length === 0) return orphans.length;
    if (waited >= END_MS) throw stays(left[0]!);
    await delay(LOOK_EVERY_MS);
  }
}

function stays(pid: number): CannotStart {
  return new CannotStart(
    `An earlier Clickferry left its workerd behind (process ${pid}), and it cannot be ended from here. End it with: kill -9 ${pid}`,
  );
}
