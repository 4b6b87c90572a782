/** Sends the clicks of a bench, and does not go on unless each was answered. */

import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Load, LoadResult } from "./load.ts";

/**
 * The load comes from a process of its own, so that it does not share a thread with what it measures.
 *
 * @throws when a request failed
 */
export async function runLoad(
  url: string,
  { requests, connections, bodies }: Pick<Load, "requests" | "connections" | "bodies">,
): Promise<LoadResult> {
  const load: Load = {
    port: Number(new URL(url).port),
    host: "track.shop.localhost",
    path: "/api/v1/track/click",
    connections,
    requests,
    bodies,
  };
  const child = spawn(process.execPath, [join(import.meta.dirname, "load.ts"), JSON.stringify(load)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const chunk of child.stdout) output += chunk;
  const result = JSON.parse(output) as LoadResult;
  if (result.ok !== requests) throw new Error(`${requests - result.ok} of ${requests} requests failed`);
  return result;
}
