/** Which processes of this machine run under a given name. */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** @returns pids of the processes whose command is `name`, a full path. One that is ending has none any more */
export function processesNamed(name: string): number[] {
  if (process.platform === "win32") return [];
  return process.platform === "linux" ? fromProc(name) : fromPs(name);
}

function fromProc(name: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && commandOf(entry) === name)
    .map(Number);
}

function commandOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0", 1)[0];
  } catch {
    // It ended while we looked, or is another user's.
    return undefined;
  }
}

// macOS and the BSDs. A path may hold spaces, so the command is compared up to workerd's first argument.
function fromPs(name: string): number[] {
  const list = execFileSync("ps", ["-axww", "-o", "pid=,command="], { encoding: "utf8" });
  return list
    .split("\n")
    .map((line) => /^\s*(\d+) (.*)$/.exec(line))
    .filter((match) => match?.[2]?.startsWith(`${name} `))
    .map((match) => Number(match![1]));
}
