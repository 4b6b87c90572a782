import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type Courier, couriersOf, type Route } from "../../worker/delivery/courier.ts";
import type { Env } from "../../worker/env.ts";
import { DeliveryDetail, RetriedMany } from "../../worker/reports/schemas/delivery.ts";
import { call, callWith, programWithLink } from "./support/call.ts";
import { deliveryRow, insertClick, insertDelivery } from "./support/rows.ts";

const T0 = Date.UTC(2026, 2, 3, 10);
const HOURS_48_MS = 48 * 3_600_000;
const FAILED = { at: T0 + 1, duration_ms: 10_000, status: null, words: "no answer within 10 s" };
// Nobody listens on the discard port: an attempt is made at once, and nothing leaves the machine.
const NOBODY = "http://127.0.0.1:9";

type Ids = Awaited<ReturnType<typeof programWithLink>>;
let mine: Ids;
let others: Ids;
let woken: Route[];
/** Couriers that note their wake-ups and sleep on, so that a row is looked at before its next attempt. */
let asleep: Partial<Env>;

beforeAll(async () => {
  mine = await programWithLink("MINE");
  others = await programWithLink("OTHERS");
});

beforeEach(async () => {
  await env.DB.batch(
    ["deliveries", "affiliate_click_events", "customers"].map((table) =>
      env.DB.prepare(`DELETE FROM ${table}`),
    ),
  );
  for (const { program_id } of [mine, others]) await setEverflow(program_id, { tracking_domain: NOBODY });
  await setOffer(JSON.stringify({ offer_id: 1, affiliate_id: 1 }));
  woken = [];
  const courier = { wakeNow: async (route: Route) => void woken.push(route) };
  asleep = { COURIER: { getByName: () => courier } as unknown as Env["COURIER"], COURIERS_PER_NETWORK: "2" };
});

async function setEverflow(programId: number, settings: object | null): Promise<void> {
  await env.DB.prepare("UPDATE programs SET everflow = ? WHERE id = ?")
    .bind(settings && JSON.stringify(settings), programId)
    .run();
}

async function setOffer(everflow: string | null): Promise<void> {
  await env.DB.prepare("UPDATE referral_links SET everflow = ?").bind(everflow).run();
}

async function owed(state: "pending" | "delivered" | "rejected" | "dead" | "withheld", of = mine, at = T0) {
  const event_id = await insertClick({ at, ...of });
  const delivery = { event_id, program_id: of.program_id, state, attempts: [FAILED] };
  return insertDelivery(delivery, { reason: "its last words" });
}

async function states(ids: string[]): Promise<unknown[]> {
  return (await Promise.all(ids.map(deliveryRow))).map((row) => row?.state);
}

test.each(["dead", "rejected"] as const)(
  "a %s delivery can be sent again: it is due at once, for the whole time, and keeps its attempts",
  async (state) => {
    const id = await owed(state);
    const other = await owed(state);
    const before = Date.now();
    const { status, body } = await callWith(asleep, "POST", `/deliveries/${id}/retry`);
    expect(status).toBe(200);
    expect(() => DeliveryDetail.parse(body)).not.toThrow();
    expect(body).toMatchObject({ id, state: "pending", reason: "its last words", attempts: [FAILED] });
    expect(body.next_attempt_at).toBeGreaterThanOrEqual(before);
    expect(body.next_attempt_at).toBeLessThanOrEqual(Date.now());
    expect(body.give_up_at).toBe(body.next_attempt_at + HOURS_48_MS);
    expect(await deliveryRow(id)).toMatchObject({
      state: "pending",
      next_attempt_at: body.next_attempt_at,
      give_up_at: body.give_up_at,
      attempts: JSON.stringify([FAILED]),
    });
    expect(await deliveryRow(other)).toMatchObject({ state, next_attempt_at: 0, give_up_at: 0 });
    const route = { program_id: mine.program_id, network: "everflow" };
    expect(woken).toEqual([
      { ...route, courier: 0 },
      { ...route, courier: 1 },
    ]);
  },
);

test("what is sent again is attempted by its courier, whose circuit is closed, and not given up as before", async () => {
  const id = await owed("dead");
  const { stub, route } = couriersOf(env, mine.program_id, "everflow")[0]!;
  await runInDurableObject(stub, (_, { storage }) =>
    storage.kv.put("circuit", { failures: 9, open_until: Date.now() + 300_000 }),
  );
  await evictDurableObject(stub);
  // Its alarm is run as soon as it is set, and not waited for.
  const awake = {
    wakeNow: (given: Route) =>
      runInDurableObject(stub, async (instance: Courier, { storage }) => {
        await instance.wakeNow(given);
        expect(await storage.getAlarm()).toBeLessThanOrEqual(Date.now());
        await storage.deleteAlarm();
        await instance.alarm();
        await storage.deleteAlarm();
        woken.push(given);
      }),
  };
  const COURIER = { getByName: () => awake } as unknown as Env["COURIER"];
  expect((await callWith({ COURIER }, "POST", `/deliveries/${id}/retry`)).status).toBe(200);
  expect(woken).toEqual([route]);
  expect((await call("GET", `/deliveries/${id}`)).body).toMatchObject({
    state: "pending",
    attempts: [FAILED, { status: null, words: expect.stringContaining("connection failed") }],
  });
});

test.each([
  ["delivered", "state is delivered: the network has this click, and would count it twice"],
  ["withheld", "state is withheld, because: its last words"],
  ["pending", "state is pending: it is waiting for its next attempt already"],
] as const)("a %s delivery is not sent again", async (state, error) => {
  const id = await owed(state);
  const before = await deliveryRow(id);
  const refused = await callWith(asleep, "POST", `/deliveries/${id}/retry`);
  expect(refused.status).toBe(409);
  expect(refused.body).toEqual({ error, field: "state" });
  expect(await deliveryRow(id)).toEqual(before);
  expect(woken).toEqual([]);
});

test("a delivery whose click is no longer kept is not sent again, one or many", async () => {
  const event_id = "a".repeat(32);
  const id = await insertDelivery({ event_id, program_id: mine.program_id, state: "dead" });
  const refused = await callWith(asleep, "POST", `/deliveries/${id}/retry`);
  expect(refused.status).toBe(409);
  expect(refused.body).toEqual({
    error: "event_id is of a click that is no longer kept",
    field: "event_id",
  });
  const many = await callWith(asleep, "POST", "/deliveries/retry", { network: "everflow", state: "dead" });
  expect(many.body).toEqual({ retried: 0, remaining: 0, next_cursor: null });
  expect(await states([id])).toEqual(["dead"]);
  expect(woken).toEqual([]);
});

// The courier would withhold it, and what is withheld stays so.
test("what Everflow has no offer for any more is not sent again to it, one or many", async () => {
  const id = await owed("rejected");
  const event_id = await insertClick({ at: T0, ...mine });
  const owedElsewhere = { event_id, program_id: mine.program_id, state: "rejected" } as const;
  const avantlink = await insertDelivery({ ...owedElsewhere, network: "avantlink" });
  await env.DB.prepare("UPDATE programs SET avantlink = '{}' WHERE id = ?").bind(mine.program_id).run();
  await setOffer(null);
  const refused = await callWith(asleep, "POST", `/deliveries/${id}/retry`);
  expect(refused.status).toBe(409);
  expect(refused.body).toEqual({
    error: "link_id is of a link without everflow settings",
    field: "link_id",
  });
  const given = { network: "everflow", state: "rejected" };
  const many = await callWith(asleep, "POST", "/deliveries/retry", given);
  expect(many.body).toEqual({ retried: 0, remaining: 0, next_cursor: null });
  expect(await states([id])).toEqual(["rejected"]);
  // AvantLink knows no offers.
  expect((await callWith(asleep, "POST", `/deliveries/${avantlink}/retry`)).status).toBe(200);
});

// The courier would withhold it here, too.
test.each([
  ["switched off", { tracking_domain: NOBODY, enabled: false }],
  ["taken away", null],
])("nothing is sent again to a network that is %s", async (_, settings) => {
  await setEverflow(mine.program_id, settings);
  const id = await owed("dead");
  const on = await owed("dead", others);
  const error = { error: "network everflow is switched off in the program", field: "network" };
  const refused = await callWith(asleep, "POST", `/deliveries/${id}/retry`);
  expect(refused).toMatchObject({ status: 409, body: error });
  const given = { network: "everflow", state: "dead" };
  const { program_id } = mine;
  const many = await callWith(asleep, "POST", "/deliveries/retry", { ...given, program_id });
  expect(many).toMatchObject({ status: 409, body: error });
  expect(woken).toEqual([]);
  // Of all programs, those are retried whose network is on.
  const all = await callWith(asleep, "POST", "/deliveries/retry", given);
  expect(all.body).toEqual({ retried: 1, remaining: 0, next_cursor: null });
  expect(await states([id, on])).toEqual(["dead", "pending"]);
});

test("there is no delivery to send again under another id", async () => {
  for (const id of [`${"0".repeat(32)}.everflow`, "x"]) {
    const answer = await call("POST", `/deliveries/${id}/retry`);
    expect(answer).toMatchObject({ status: 404, body: { error: "Delivery not found" } });
  }
});

test("a wake-up that fails costs no retry: the sweep will find it", async () => {
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  const id = await owed("dead");
  const courier = { wakeNow: () => Promise.reject(new Error("overloaded")) };
  const COURIER = { getByName: () => courier } as unknown as Env["COURIER"];
  const { status, body } = await callWith({ COURIER }, "POST", `/deliveries/${id}/retry`);
  expect(status).toBe(200);
  expect(body.state).toBe("pending");
  expect(logged).toHaveBeenCalledOnce();
  logged.mockRestore();
});

test("all that failed in one way at a network can be sent again, of one program or of all", async () => {
  const dead = [await owed("dead"), await owed("dead")];
  const rejected = await owed("rejected");
  const waiting = await owed("pending");
  const elsewhere = await owed("dead", others);
  const event_id = await insertClick({ at: T0, ...mine });
  const avantlink = await insertDelivery({
    event_id,
    program_id: mine.program_id,
    network: "avantlink",
    state: "dead",
  });
  const untouched = [rejected, waiting, elsewhere, avantlink];
  const before = await Promise.all(untouched.map(deliveryRow));

  const given = { program_id: mine.program_id, network: "everflow", state: "dead" };
  const { status, body } = await callWith(asleep, "POST", "/deliveries/retry", given);
  expect(status).toBe(200);
  expect(() => RetriedMany.parse(body)).not.toThrow();
  expect(body).toEqual({ retried: 2, remaining: 0, next_cursor: null });
  expect(await states(dead)).toEqual(["pending", "pending"]);
  for (const row of await Promise.all(dead.map(deliveryRow))) {
    expect(Math.abs(Date.now() - (row!.next_attempt_at as number))).toBeLessThan(60_000);
    expect(row!.give_up_at).toBe((row!.next_attempt_at as number) + HOURS_48_MS);
    expect(row!.attempts).toBe(JSON.stringify([FAILED]));
  }
  expect(await Promise.all(untouched.map(deliveryRow))).toEqual(before);
  const route = { program_id: mine.program_id, network: "everflow" };
  expect(woken).toEqual([
    { ...route, courier: 0 },
    { ...route, courier: 1 },
  ]);

  await callWith(asleep, "POST", "/deliveries/retry", { network: "everflow", state: "rejected" });
  expect(await states(untouched)).toEqual(["pending", "pending", "dead", "dead"]);
});

// The dashboard shows a period: what is older was refused long ago, by a network that need not know of it any more.
test("of all that failed, those of a period of clicks can be sent again, and no others", async () => {
  const before = await owed("dead", mine, T0 - 1);
  const within = [
    await owed("dead"),
    await owed("dead", mine, T0 + 59_999),
    await owed("dead", others, T0 + 500),
  ];
  const after = await owed("dead", mine, T0 + 60_000);
  const given = { network: "everflow", state: "dead", from: T0, to: new Date(T0 + 60_000).toISOString() };
  const { body } = await callWith(asleep, "POST", "/deliveries/retry", given);
  expect(body).toEqual({ retried: 3, remaining: 0, next_cursor: null });
  expect(await states([before, ...within, after])).toEqual(["dead", "pending", "pending", "pending", "dead"]);
});

test("very many are sent again a part at a time, each of them once", async () => {
  const insert = (program: number, count: number) => [
    env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO affiliate_click_events (id, customer_id, at, dialect, program_id, link_id, is_unique, is_bot, gpc)
       SELECT printf('%08x%024x', i, ?2), 'c', i, 'affitor', ?2, ?3, 1, 0, 0 FROM n`,
    ).bind(count, program, mine.link_id),
    env.DB.prepare(
      `INSERT INTO deliveries (event_id, network, program_id, state, lane, next_attempt_at, give_up_at)
       SELECT id, 'everflow', program_id, 'dead', 0, 0, 0 FROM affiliate_click_events WHERE program_id = ?`,
    ).bind(program),
  ];
  await env.DB.batch([...insert(mine.program_id, 4_200), ...insert(others.program_id, 4_300)]);
  const given = { network: "everflow", state: "dead", from: 1_000, to: 4_301_000 };
  const first = await callWith(asleep, "POST", "/deliveries/retry", given);
  expect(first.body).toEqual({ retried: 5_000, remaining: 3_500, next_cursor: expect.any(String) });
  const count = (state: string) =>
    env.DB.prepare("SELECT COUNT(*) AS n FROM deliveries WHERE state = ?").bind(state).first("n");
  expect([await count("pending"), await count("dead")]).toEqual([5_000, 3_500]);

  // They fail again at once: a second retry of the same would keep the manager's progress bar for ever.
  await env.DB.prepare(
    "UPDATE deliveries SET state = 'dead', next_attempt_at = 7 WHERE state = 'pending'",
  ).run();
  const { next_cursor } = first.body;
  const second = await callWith(asleep, "POST", "/deliveries/retry", { ...given, cursor: next_cursor });
  expect(second.body).toEqual({ retried: 3_500, remaining: 0, next_cursor: null });
  expect([await count("pending"), await count("dead")]).toEqual([3_500, 5_000]);

  for (const other of [{ state: "rejected" }, { from: 2_000 }, { to: undefined }]) {
    const order = { ...given, ...other, cursor: next_cursor };
    const foreign = await callWith(asleep, "POST", "/deliveries/retry", order);
    expect(foreign.status).toBe(400);
    expect(foreign.body).toEqual({ error: "cursor is not of this retry", field: "cursor" });
  }
});

test.each([
  [{}, "network", "network is required"],
  [{ network: "everflow" }, "state", "state is required"],
  [{ network: "impact", state: "dead" }, "network", "network must be one of: everflow, avantlink"],
  [{ network: "everflow", state: "delivered" }, "state", "state must be one of: dead, rejected"],
  [{ network: "everflow", state: "withheld" }, "state", "state must be one of: dead, rejected"],
  [{ network: "everflow", state: "dead", program_id: "1" }, "program_id", "program_id must be a number"],
  [{ network: "everflow", state: "dead", program_id: 999_999 }, "program_id", "program_id is no program's"],
  [{ network: "everflow", state: "dead", from: 2, to: 1 }, "from", "from must not be after to"],
  [{ network: "everflow", state: "dead", all: true }, "all", "all is not a field of this request"],
])("many are not sent again by %j", async (given, field, error) => {
  const id = await owed("dead");
  const refused = await callWith(asleep, "POST", "/deliveries/retry", given);
  expect(refused.status).toBe(400);
  expect(refused.body).toEqual({ error, field });
  expect(await states([id])).toEqual(["dead"]);
});
