/** A network with more than one courier: real alarms, real sockets. */

import { expect, test } from "vitest";
import { type Networked, openNetworked } from "../support/node/networked.ts";
import { until } from "../support/node/until.ts";

const COURIERS = 3;
/** As worker/delivery/outbox.ts has it. */
const LANES = 256;
/** More for each courier than one of its runs sends. */
const CLICKS = 7 * LANES;
const DELIVERED_MS = 40_000;
const HOUR_MS = 3_600_000;

/** Owed to Everflow, as many in each lane. @returns the click ids */
async function owe({ rows, demo }: Networked, count: number): Promise<string[]> {
  const at = Date.now();
  const second = Math.floor(at / 1_000).toString(16);
  const ids = Array.from({ length: count }, (_, i) => second + i.toString(16).padStart(24, "0"));
  await rows(
    `INSERT INTO affiliate_click_events (id, customer_id, at, dialect, program_id, link_id, is_unique, is_bot, gpc)
     SELECT value, value, ?2, 'affitor', ?3, ?4, 1, 0, 0 FROM json_each(?1)`,
    JSON.stringify(ids),
    at,
    demo.programId,
    demo.links[0]!.id,
  );
  await rows(
    `INSERT INTO deliveries (event_id, network, program_id, state, lane, next_attempt_at, give_up_at)
     SELECT value, 'everflow', ?3, 'pending', key % ${LANES}, ?2, ?2 + ${HOUR_MS} FROM json_each(?1)`,
    JSON.stringify(ids),
    at,
    demo.programId,
  );
  return ids.map((id) => `cust_${id}_${at}`);
}

test("three couriers deliver each click once, whatever its lane, beyond the end of a run too", async () => {
  const networked = await openNetworked({ vars: { COURIERS_PER_NETWORK: String(COURIERS) } });
  const { collector, sandboxes, demo, rows } = networked;
  const { everflow } = sandboxes;
  const clickIds = await owe(networked, CLICKS);
  // Each is answered after its courier's first run.
  await everflow.fail({ mode: "delay", ms: 3_000, times: COURIERS });
  const worker = await collector.mf.getWorker();
  await worker.scheduled({ scheduledTime: new Date() });

  const open = () => rows("SELECT 1 FROM deliveries WHERE state = 'pending' LIMIT 1");
  await until(async () => (await open()).length === 0, DELIVERED_MS, "nothing is owed any more");
  const ends =
    "SELECT state, json_array_length(attempts) AS attempts, COUNT(*) AS n FROM deliveries GROUP BY 1, 2";
  expect(await rows(ends)).toEqual([{ state: "delivered", attempts: 1, n: CLICKS }]);
  expect(clickIds.filter((id) => everflow.times(id) !== 1)).toEqual([]);
  expect(everflow.counts.clicks).toBe(CLICKS);

  const couriers = await collector.mf.getDurableObjectNamespace("COURIER");
  const settled: number[] = [];
  for (let n = 0; n < COURIERS; n++) {
    const stub = couriers.get(couriers.idFromName(`${demo.programId}:everflow:${n}`)) as unknown as {
      cost(): Promise<{ settled: number; d1_rows: number }>;
    };
    const cost = await stub.cost();
    // As wanted of the bench: a delivery's row is written once when it is settled.
    expect(cost.d1_rows).toBe(cost.settled);
    settled.push(cost.settled);
  }
  // 256 lanes are not divisible by three.
  expect(settled).toEqual([86 * 7, 85 * 7, 85 * 7]);
});
