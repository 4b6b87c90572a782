import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { DeliveryCounts, DeliveryReasons } from "../../worker/reports/schemas/delivery.ts";
import { call, callWith, programWithLink } from "./support/call.ts";
import { metered } from "./support/metered.ts";
import { clickIdAt, type DeliverySpec, insertDelivery } from "./support/rows.ts";

const T0 = Date.UTC(2026, 2, 3, 10);
const ZERO = { pending: 0, delivered: 0, rejected: 0, dead: 0, withheld: 0, counted_all: true };

let mine: number;
let others: number;
beforeAll(async () => {
  mine = (await programWithLink("MINE")).program_id;
  others = (await programWithLink("OTHERS")).program_id;
});
beforeEach(async () => {
  await env.DB.prepare("DELETE FROM deliveries").run();
});

type Spec = Partial<DeliverySpec> & { reason?: string | null; at?: number };

async function deliver(...specs: Spec[]): Promise<void> {
  for (const { reason = null, at = T0, program_id = mine, ...spec } of specs)
    await insertDelivery({ event_id: clickIdAt(at), program_id, ...spec }, { reason });
}

async function reasons(parameters: string) {
  const { status, body } = await call("GET", `/deliveries/reasons?${parameters}`);
  expect(status).toBe(200);
  expect(DeliveryReasons.parse(body)).toEqual(body);
  return body;
}

async function counts(parameters: string) {
  const { status, body } = await call("GET", `/deliveries/counts?${parameters}`);
  expect(status).toBe(200);
  expect(DeliveryCounts.parse(body)).toEqual(body);
  return body;
}

test.each(["rejected", "dead", "withheld"] as const)(
  "the reasons of what is %s are counted, most frequent first, by program and network",
  async (state) => {
    await deliver(
      { state, reason: "rare" },
      { state, reason: "frequent" },
      { state, reason: "frequent" },
      { state, reason: null, network: "avantlink" },
      { state, reason: "theirs", program_id: others },
      { state: state === "dead" ? "rejected" : "dead", reason: "another state" },
      { state: "delivered", reason: "error_code 0" },
      { state: "pending", reason: "busy" },
    );
    const frequent = { reason: "frequent", deliveries: 2 };
    const rare = { reason: "rare", deliveries: 1 };
    const none = { reason: null, deliveries: 1 };
    const theirs = { reason: "theirs", deliveries: 1 };
    const counted_all = true;
    expect(await reasons(`state=${state}`)).toEqual({ data: [frequent, none, rare, theirs], counted_all });
    expect(await reasons(`state=${state}&program_id=${mine}`)).toEqual({
      data: [frequent, none, rare],
      counted_all,
    });
    expect(await reasons(`state=${state}&network=everflow`)).toEqual({
      data: [frequent, rare, theirs],
      counted_all,
    });
    expect(await reasons(`state=${state}&network=everflow&program_id=${mine}`)).toEqual({
      data: [frequent, rare],
      counted_all,
    });
    expect(await reasons(`state=${state}&network=avantlink&program_id=${others}`)).toEqual({
      data: [],
      counted_all,
    });
  },
);

test.each(["rejected", "dead", "withheld"] as const)(
  "the reasons of what is %s are counted over a period of clicks",
  async (state) => {
    await deliver(
      { state, reason: "before", at: T0 - 1_000 },
      { state, reason: "first" },
      { state, reason: "last", at: T0 + 59_000, network: "avantlink", program_id: others },
      { state, reason: "after", at: T0 + 60_000 },
    );
    const data = ["first", "last"].map((reason) => ({ reason, deliveries: 1 }));
    const period = `from=${T0}&to=${T0 + 60_000}`;
    expect(await reasons(`state=${state}&${period}`)).toEqual({ data, counted_all: true });
    expect((await reasons(`state=${state}&${period}&program_id=${mine}&network=everflow`)).data).toEqual([
      data[0],
    ]);
    expect((await reasons(`state=${state}&from=${T0 + 60_000}`)).data).toEqual([
      { reason: "after", deliveries: 1 },
    ]);
  },
);

test.each(["rejected", "withheld"] as const)(
  "of very many %s, the reasons of a short period are all counted, and no others are read",
  async (state) => {
    await many(30_000, state, "'all year'");
    const meter = metered(env.DB);
    const path = `/deliveries/reasons?state=${state}&program_id=${mine}&network=everflow&from=${T0 + 1_000_000}&to=${T0 + 1_100_000}`;
    const { body } = await callWith({ DB: meter.db }, "GET", path);
    expect(body).toEqual({ data: [{ reason: "all year", deliveries: 100 }], counted_all: true });
    expect(meter.read()).toBeLessThan(1_000);
  },
);

test("more reasons than a hundred are not all told", async () => {
  await many(101, "rejected", "'error_code ' || i");
  const { data, counted_all } = await reasons("state=rejected");
  expect(data).toHaveLength(100);
  expect(counted_all).toBe(false);
});

test.each([
  ["rejected", 20_000],
  ["withheld", 200_000],
] as const)("of very many %s the newest are counted, and it is said", async (state, most) => {
  await deliver({ state, reason: "oldest", at: T0 - 60_000 });
  await many(most - 1, state, "'new'");
  const path = `state=${state}&program_id=${mine}&network=everflow`;
  expect((await reasons(path)).counted_all).toBe(true);
  await many(2, state, "'newest'", T0 + 1_000_000_000);
  const { data, counted_all } = await reasons(path);
  expect(counted_all).toBe(false);
  expect(data.map(({ reason }: { reason: string }) => reason)).toEqual(["new", "newest"]);
});

test("what failed or waits is counted exactly, however many deliveries are newer", async () => {
  await deliver(
    { state: "rejected" },
    { state: "rejected", program_id: others },
    { state: "dead", network: "avantlink" },
    { state: "dead", at: T0 + 2_000 },
    { state: "pending", program_id: others },
    { state: "delivered", program_id: others },
  );
  await many(200_001, "withheld", "'newer'", T0 + 10_000);
  const few = { ...ZERO, counted_all: false };
  const newest = { ...few, withheld: 200_001 };
  expect(await counts("from=0")).toEqual({ ...newest, rejected: 2, dead: 2, pending: 1 });
  expect(await counts(`from=${T0 + 1_000}`)).toEqual({ ...newest, dead: 1 });
  expect(await counts(`from=0&program_id=${others}`)).toEqual({ ...few, rejected: 1, pending: 1 });
  expect(await counts("from=0&network=avantlink")).toEqual({ ...few, dead: 1 });
  const all = { ...ZERO, rejected: 2, dead: 1, pending: 1, delivered: 1 };
  expect(await counts(`from=${T0}&to=${T0 + 1_000}`)).toEqual(all);
});

/** So many of program `mine` at Everflow, one a second. */
async function many(count: number, state: string, reason: string, from = T0): Promise<void> {
  await env.DB.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
     INSERT INTO deliveries (event_id, network, program_id, state, reason, lane, next_attempt_at, give_up_at)
     SELECT printf('%08x%024x', ?2 + i, i), 'everflow', ?3, ?4, ${reason}, 0, 0, 0 FROM n`,
  )
    .bind(count, from / 1000, mine, state)
    .run();
}

test("deliveries are counted by state over a period of clicks", async () => {
  await deliver(
    { state: "delivered" },
    { state: "delivered", network: "avantlink" },
    { state: "pending", at: T0 + 5_000 },
    { state: "rejected", at: T0 + 9_000, program_id: others },
    { state: "dead", at: T0 + 10_000 },
    { state: "withheld", at: T0 - 1_000 },
  );
  const period = `from=${T0}&to=${T0 + 10_000}`;
  expect(await counts(period)).toEqual({ ...ZERO, delivered: 2, pending: 1, rejected: 1 });
  expect(await counts(`${period}&program_id=${mine}`)).toEqual({ ...ZERO, delivered: 2, pending: 1 });
  expect(await counts(`${period}&network=avantlink`)).toEqual({ ...ZERO, delivered: 1 });
  expect(await counts(`from=${T0 - 1_000}`)).toEqual({
    ...ZERO,
    delivered: 2,
    pending: 1,
    rejected: 1,
    dead: 1,
    withheld: 1,
  });
  expect(await counts(`to=${T0}`)).toEqual({ ...ZERO, withheld: 1 });
});

test("without a period the last day's are counted", async () => {
  const now = Date.now();
  await deliver({ state: "dead", at: now - 86_500_000 }, { state: "delivered", at: now - 86_300_000 });
  expect(await counts("")).toEqual({ ...ZERO, delivered: 1 });
});

test.each([
  ["reasons?state=delivered", "state", "state must be one of: rejected, dead, withheld"],
  ["reasons", "state", "state is required"],
  ["reasons?state=dead&from=2&to=1", "from", "from must not be after to"],
  ["counts?from=2&to=1", "from", "from must not be after to"],
  ["counts?state=dead", "state", "state is not a field of this request"],
])("%s is refused", async (path, field, error) => {
  const { status, body } = await call("GET", `/deliveries/${path}`);
  expect(status).toBe(400);
  expect(body).toEqual({ error, field });
});
