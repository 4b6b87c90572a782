/** Sends the clicks of a bench, and does not go on unless each was answered. */

import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Call, Load, LoadResult } from "./load.ts";

/** A click in Affitor's dialect for each of these bodies. */
export function posted(bodies: string[]): Pick<Load, "calls" | "good"> {
  const calls: Call[] = bodies.map((body) => ({ path: "/api/v1/track/click", body }));
  return { calls, good: '"success":true' };
}

/**
 * The load comes from a process of its own, so that it does not share a thread with what it measures.
 *
 * @throws when a request failed
 */
export async function runLoad(
  url: string,
  asked: Pick<Load, "requests" | "connections" | "calls" | "good">,
): Promise<LoadResult> {
  const load: Load = { port: Number(new URL(url).port), host: "track.shop.localhost", ...asked };
  const child = spawn(process.execPath, [join(import.meta.dirname, "load.ts"), JSON.stringify(load)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const chunk of child.stdout) output += chunk;
  const result = JSON.parse(output) as LoadResult;
  if (result.ok !== asked.requests) {
    throw new Error(`${asked.requests - result.ok} of ${asked.requests} requests failed`);
  }
  return result;
}
