import { refusal } from "./everflow-refusal.ts";
import type { Call, Reply } from "./sandbox.ts";

/** API keys: one of the network, and one of each affiliate that reads its clicks. */
export interface EverflowKeys {
  network: string;
  /** Key to affiliate id. */
  affiliates: Readonly<Record<string, number>>;
}

/** Refuses as Everflow's error page says: no or a wrong key 401, a key of the wrong kind 403. */
export function keyFault(
  { headers }: Call,
  keys: EverflowKeys,
  kind: "network" | "affiliate",
): Reply | undefined {
  const given = headers["x-eflow-api-key"];
  const known =
    given === keys.network ? "network" : Object.hasOwn(keys.affiliates, String(given)) ? "affiliate" : "";
  if (known === kind) return undefined;
  if (!given) return refusal(401, "No Authentication Method Found");
  return known
    ? refusal(403, `This needs ${kind === "network" ? "a network's" : "an affiliate's"} key`)
    : refusal(401, "Invalid API key");
}
