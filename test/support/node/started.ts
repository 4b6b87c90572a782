/** `npm start` as a child process: what it prints, how it ends, and its end by force. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { processesNamed } from "../../../scripts/processes.ts";
import { workerdName } from "../../../scripts/workerd-name.ts";
import { until } from "./until.ts";

export const START = join(import.meta.dirname, "../../../scripts/start.ts");
const READY = "Ctrl-C ends.";
const READY_MS = 30_000;

export interface Started {
  child: ChildProcess;
  /** All so far. */
  stdout: string;
  stderr: string;
  /** Exit code, or the signal that ended it. */
  exit: Promise<number | string>;
  /** Resolves when the collector can be used. @throws when it ends before, with what it said */
  ready(): Promise<void>;
  /** kill -9 of Node and workerd at once; resolves when both are gone. */
  killAll(): Promise<void>;
}

/** The environment is the test's alone: settings of whoever runs the tests do not count. */
export function start(
  settings: { CLICKFERRY_DATA: string } & Record<string, string>,
  command = [process.execPath, START],
): Started {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(command[0]!, command.slice(1), {
    env: { PATH, HOME, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const exit = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  let ended = false;
  void exit.then(() => {
    ended = true;
  });
  const started: Started = {
    child,
    stdout: "",
    stderr: "",
    exit,
    async ready() {
      await until(() => started.stdout.includes(READY) || ended, READY_MS, "npm start is ready");
      if (ended) throw new Error(`It ended: ${started.stdout}${started.stderr}`);
    },
    async killAll() {
      const name = workerdName(settings.CLICKFERRY_DATA);
      // Its own process group, so -pid is Node and workerd at once, and whatever ran them.
      for (const pid of [-child.pid!, ...processesNamed(name)]) kill(pid);
      await exit;
      await until(() => processesNamed(name).length === 0, 5_000, "workerd is gone");
    },
  };
  child.stdout!.setEncoding("utf8").on("data", (text) => {
    started.stdout += text;
  });
  child.stderr!.setEncoding("utf8").on("data", (text) => {
    started.stderr += text;
  });
  return started;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
