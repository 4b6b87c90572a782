import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { couriersOf } from "../../worker/delivery/courier.ts";
import { HealthLog } from "../../worker/delivery/health.ts";
import type { DeliveryState } from "../../worker/delivery/outbox.ts";
import type { Env } from "../../worker/env.ts";
import { NetworkHealth } from "../../worker/reports/schemas/network.ts";
import { call, callWith, programWithLink } from "./support/call.ts";
import { insertClick, insertDelivery } from "./support/rows.ts";

const T0 = Date.UTC(2026, 2, 3, 10);
const SECRET = "a-key-that-no-answer-may-hold";
const EVERFLOW = {
  enabled: true,
  tracking_domain: "https://www.acme-trk.example",
  api_key_secret: "EVERFLOW_API_KEY",
};
const AVANTLINK = { enabled: false, merchant_id: "0f8fad5b-d9cb-469f-a165-70867728950e" };
const QUIET = {
  waiting: 0,
  oldest_waiting: null,
  last_hour: { delivered: 0, rejected: 0, dead: 0, retried: 0 },
  latency_ms: { p50: null, p95: null },
  circuit: { state: "closed", failures: 0, open_until: null },
};
const TWO = { COURIERS_PER_NETWORK: "2" };

type Ids = Awaited<ReturnType<typeof programWithLink>>;
let mine: Ids;
let others: Ids;

beforeAll(async () => {
  mine = await programWithLink("MINE");
  others = await programWithLink("OTHERS");
  await call("PATCH", `/programs/${mine.program_id}`, { everflow: EVERFLOW, avantlink: AVANTLINK });
});

beforeEach(async () => {
  await env.DB.prepare("DELETE FROM deliveries").run();
});

async function owed(
  of: Ids,
  at: number,
  state: DeliveryState,
  network: "everflow" | "avantlink" = "everflow",
) {
  const event_id = await insertClick({ at, ...of });
  await insertDelivery({ event_id, program_id: of.program_id, network, state });
}

test("each network of each program is shown with what waits for it, quiet ones too", async () => {
  await owed(mine, T0 + 5_300, "pending");
  await owed(mine, T0 + 1_200, "pending");
  await owed(mine, T0, "delivered");
  await owed(mine, T0, "dead");
  const { status, body } = await call("GET", "/networks");
  expect(status).toBe(200);
  for (const shown of body.data) expect(() => NetworkHealth.parse(shown)).not.toThrow();
  const { program_id } = mine;
  expect(body).toEqual({
    data: [
      { program_id, network: "avantlink", enabled: false, ...QUIET },
      { program_id, network: "everflow", enabled: true, ...QUIET, waiting: 2, oldest_waiting: T0 + 1_200 },
    ],
    next_cursor: null,
  });
});

test("a network whose settings were taken away is shown while something waits for it", async () => {
  const { program_id } = others;
  expect((await call("GET", `/networks?program_id=${program_id}`)).body.data).toEqual([]);
  await owed(others, T0, "pending", "avantlink");
  const expected = {
    program_id,
    network: "avantlink",
    enabled: false,
    ...QUIET,
    waiting: 1,
    oldest_waiting: T0,
  };
  expect((await call("GET", `/networks?program_id=${program_id}`)).body.data).toEqual([expected]);
});

test("what waits is dated by its second where the click is no longer kept", async () => {
  const event_id = `${(T0 / 1000).toString(16)}${"0".repeat(24)}`;
  await insertDelivery({ event_id, program_id: mine.program_id });
  const { body } = await call("GET", `/networks?program_id=${mine.program_id}`);
  expect(body.data[1]).toMatchObject({ network: "everflow", waiting: 1, oldest_waiting: T0 });
});

test("the last hour and the circuit are those of all couriers of the network", async () => {
  const now = Date.now();
  const outcomes: [DeliveryState, number][][] = [
    [
      ["delivered", 90],
      ["rejected", 90],
    ],
    [
      ["delivered", 90],
      ["dead", 900],
      ["pending", 9_000],
    ],
  ];
  const open_until = now + 60_000;
  const couriers = couriersOf({ ...env, ...TWO }, mine.program_id, "everflow");
  for (const [i, { stub }] of couriers.entries()) {
    await runInDurableObject(stub, (_, { storage }) => {
      const log = new HealthLog(storage.sql);
      for (const [state, duration_ms] of outcomes[i]!) log.add(state, duration_ms, now);
      log.write(now);
      if (i === 1) storage.kv.put("circuit", { failures: 5, open_until });
    });
    await evictDurableObject(stub);
  }
  const { body } = await callWith(TWO, "GET", `/networks?program_id=${mine.program_id}`);
  expect(body.data[1]).toMatchObject({
    network: "everflow",
    last_hour: { delivered: 2, rejected: 1, dead: 1, retried: 1 },
    circuit: { state: "open", failures: 5, open_until },
  });
  // Each the upper end of its bucket.
  const { p50, p95 } = body.data[1].latency_ms;
  expect(p50).toBeGreaterThanOrEqual(90);
  expect(p50).toBeLessThan(90 * 1.25);
  expect(p95).toBeGreaterThanOrEqual(9_000);
  expect(p95).toBeLessThan(9_000 * 1.25);
});

test("networks are paged", async () => {
  const [first, second] = (await call("GET", "/networks")).body.data;
  const page = await call("GET", "/networks?limit=1");
  expect(page.body).toEqual({ data: [first], next_cursor: expect.any(String) });
  const rest = await call("GET", `/networks?cursor=${page.body.next_cursor}`);
  expect(rest.body).toEqual({ data: [second], next_cursor: null });
});

test.each(["", "limit=1000", "format=csv"])(
  "no page (%s) asks more couriers than a hundred or so",
  async (parameters) => {
    let asked = 0;
    const courier = {
      health: async () => {
        asked++;
        return { ...QUIET, latencies: {} };
      },
    };
    const COURIER = { getByName: () => courier } as unknown as Env["COURIER"];
    await owed(others, T0, "pending");
    const bindings = { COURIER, COURIERS_PER_NETWORK: "40" };
    const { body, headers } = await callWith(bindings, "GET", `/networks?${parameters}`);
    expect(body?.next_cursor ?? headers.get("X-Next-Cursor")).toEqual(expect.any(String));
    // Two networks of the three, and one more to know that there is one.
    expect(asked).toBe(120);
  },
);

test("networks can be had as CSV", async () => {
  await owed(mine, T0, "pending", "avantlink");
  const { text } = await call("GET", `/networks?program_id=${mine.program_id}&format=csv`);
  const [header, row] = text.split("\r\n");
  expect(header).toBe(
    "program_id,network,enabled,waiting,oldest_waiting,delivered,rejected,dead,retried,latency_p50_ms,latency_p95_ms," +
      "circuit,circuit_failures,circuit_open_until",
  );
  expect(row).toBe(`${mine.program_id},avantlink,false,1,2026-03-03T10:00:00.000Z,0,0,0,0,,,closed,0,`);
});

test("no answer holds the value of a network's secret, only its name", async () => {
  await owed(mine, T0, "rejected");
  const [{ id, event_id }] = (await call("GET", "/deliveries?limit=1")).body.data;
  const secrets = { EVERFLOW_API_KEY: SECRET } as object;
  let named = 0;
  for (const path of [
    "/programs",
    `/programs/${mine.program_id}`,
    "/networks",
    "/deliveries",
    `/deliveries/${id}`,
    `/clicks/${event_id}`,
  ]) {
    const { status, text } = await callWith(secrets, "GET", path);
    expect(status).toBe(200);
    for (const secret of [SECRET, env.ADMIN_TOKEN, env.CLICK_ID_SECRET]) expect(text).not.toContain(secret);
    if (text.includes("EVERFLOW_API_KEY")) named++;
  }
  expect(named).toBe(2);
});

test.each([
  ["program_id=0", "program_id", "program_id must be 1 or more"],
  ["cursor=abc", "cursor", "cursor is not of this list and sort"],
  ["network=everflow", "network", "network is not a field of this request"],
])("a list of networks with %s is refused", async (parameters, field, error) => {
  const { status, body } = await call("GET", `/networks?${parameters}`);
  expect(status).toBe(400);
  expect(body).toEqual({ error, field });
});
