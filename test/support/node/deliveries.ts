/** What a collector on disk has delivered, held against what the sandbox networks got. */

import { expect } from "vitest";
import type { Sandbox } from "../../../scripts/sandbox/sandbox.ts";
import type { Sandboxes } from "../../../scripts/sandbox/sandboxes.ts";
import type { Stored } from "./stored.ts";

/** How often a network got what it is owed. */
export interface Arrived {
  clicks: number;
  /** Times that a click arrived again. */
  repeated: number;
  /** Attempts that failed as far as the collector knows: each may have arrived. */
  failed: number;
}

type NetworkName = "everflow" | "avantlink";

export function waitingDeliveries(disk: Stored): number {
  return disk.rows<{ n: number }>("SELECT COUNT(*) AS n FROM deliveries WHERE state = 'pending'")[0]!.n;
}

/**
 * Every recorded click is delivered to Everflow, and to AvantLink if it came with an avad; both have it, and nothing
 * else. The clicks are people's, of a program with both networks.
 */
export function expectDelivered(disk: Stored, sandboxes: Sandboxes): Record<NetworkName, Arrived> {
  return {
    everflow: expectArrived(disk, "everflow", sandboxes.everflow),
    avantlink: expectArrived(disk, "avantlink", sandboxes.avantlink),
  };
}

function expectArrived(disk: Stored, network: NetworkName, sandbox: Sandbox): Arrived {
  const owed = disk.rows<{ name: string; state: string | null; attempts: number | null }>(OWED[network]);
  expect(owed.filter(({ state }) => state !== "delivered")).toEqual([]);
  const rows = disk.rows("SELECT event_id FROM deliveries WHERE network = ?", network);
  expect(rows.length).toBe(owed.length);

  // A visitor's every click is the same visitor to AvantLink.
  const times = new Map<string, number>();
  for (const { name } of owed) times.set(name, (times.get(name) ?? 0) + 1);
  expect([...times].filter(([name, clicks]) => sandbox.times(name) < clicks)).toEqual([]);
  expect(sandbox.counts.distinct).toBe(times.size);
  return {
    clicks: owed.length,
    repeated: sandbox.counts.clicks - owed.length,
    // Without any attempt it was found in Everflow's report after a kill.
    failed: owed.reduce((sum, { attempts }) => sum + Math.max(0, attempts! - 1), 0),
  };
}

/** By the id that the network gets. */
const OWED: Record<NetworkName, string> = {
  everflow: `SELECT 'cust_' || e.id || '_' || e.at AS name, d.state, json_array_length(d.attempts) AS attempts
    FROM affiliate_click_events e LEFT JOIN deliveries d ON d.event_id = e.id AND d.network = 'everflow'`,
  avantlink: `SELECT 'cust_' || c.id || '_' || c.created_at AS name, d.state, json_array_length(d.attempts) AS attempts
    FROM affiliate_click_events e JOIN customers c ON c.id = e.customer_id
    LEFT JOIN deliveries d ON d.event_id = e.id AND d.network = 'avantlink'
    WHERE e.params ->> 'avad' IS NOT NULL`,
};
