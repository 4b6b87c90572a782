import type { Reply } from "./sandbox.ts";

/** Everflow's shape of an error. */
export function refusal(status: number, error: string): Reply {
  return { status, body: { error }, line: `refused ${status}: ${error}` };
}
