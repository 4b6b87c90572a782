import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { Delivery, DeliveryDetail } from "../../worker/reports/schemas/delivery.ts";
import { call, callWith, programWithLink } from "./support/call.ts";
import { metered } from "./support/metered.ts";
import { type DeliverySpec, insertClick, insertDelivery } from "./support/rows.ts";

const T0 = Date.UTC(2026, 2, 3, 10);
const NETWORKS = ["everflow", "avantlink"] as const;
const STATES = ["pending", "delivered", "rejected", "dead", "withheld"] as const;

type Ids = Awaited<ReturnType<typeof programWithLink>>;
let mine: Ids;
let others: Ids;

/** Every state at both networks, for both programs in turn; newest click first. */
const stored: (Required<Pick<DeliverySpec, "network" | "state">> & { id: string; of: Ids; at: number })[] =
  [];

beforeAll(async () => {
  mine = await programWithLink("MINE");
  others = await programWithLink("OTHERS");
  for (let i = 0; i < 20; i++) {
    const of = i % 2 === 0 ? mine : others;
    const state = STATES[(i >> 1) % STATES.length]!;
    const at = T0 + i * 10_000;
    const event_id = await insertClick({ at, ...of });
    for (const network of [...NETWORKS].sort()) {
      // What is due first is not what is newest.
      const more = { next_attempt_at: T0 * 2 - at, give_up_at: at + 1 };
      const id = await insertDelivery({ event_id, program_id: of.program_id, network, state }, more);
      stored.unshift({ id, of, network, state, at });
    }
  }
});

/** What a test adds is gone for the next. */
beforeEach(async () => {
  await env.DB.prepare(
    "DELETE FROM deliveries WHERE event_id || '.' || network NOT IN (SELECT value FROM json_each(?))",
  )
    .bind(JSON.stringify(stored.map(({ id }) => id)))
    .run();
});

async function ids(parameters: string): Promise<string[]> {
  const { status, body } = await call("GET", `/deliveries?${parameters}`);
  expect(status).toBe(200);
  return body.data.map(({ id }: { id: string }) => id);
}

/** All pages of a list, two rows at a time. */
async function paged(parameters: string): Promise<string[]> {
  const all: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const more: string = cursor && `&cursor=${cursor}`;
    const { body } = await call("GET", `/deliveries?${parameters}&limit=2${more}`);
    all.push(...body.data.map(({ id }: { id: string }) => id));
    cursor = body.next_cursor;
  }
  return all;
}

/** Waiting deliveries of clicks long before all others, so that they change no list's beginning. */
async function insertWaiting(count: number, programId: number): Promise<void> {
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
     INSERT INTO deliveries (event_id, network, program_id, state, lane, next_attempt_at, give_up_at)
     SELECT printf('%032x', i), 'everflow', ?2, 'pending', 0, 0, 0 FROM n`,
  )
    .bind(count, programId)
    .run();
}

const FILTERS: { program?: "mine" | "others"; network?: string; state?: string }[] = [];
for (const program of [undefined, "mine" as const]) {
  for (const network of [undefined, "avantlink"]) {
    for (const state of [undefined, ...STATES]) {
      FILTERS.push({ ...(program && { program }), ...(network && { network }), ...(state && { state }) });
    }
  }
}

test.each(FILTERS)("deliveries are listed newest first, filtered by %j and paged", async (filter) => {
  const expected = stored.filter(
    ({ of, network, state }) =>
      (!filter.program || of === mine) &&
      (!filter.network || network === filter.network) &&
      (!filter.state || state === filter.state),
  );
  const { program, ...rest } = filter;
  const parameters = new URLSearchParams(rest);
  if (program) parameters.set("program_id", String(mine.program_id));
  const all = expected.map(({ id }) => id);
  expect(all.length).toBeGreaterThan(0);
  expect(await ids(`${parameters}`)).toEqual(all);
  expect(await paged(`${parameters}`)).toEqual(all);

  const [from, to] = [T0 + 30_000, T0 + 160_000];
  const within = expected.filter(({ at }) => at >= from && at < to).map(({ id }) => id);
  expect(await ids(`${parameters}&from=${from}&to=${to}`)).toEqual(within);
  expect(await paged(`${parameters}&from=${from}&to=${to}`)).toEqual(within);
  expect(await ids(`${parameters}&from=${T0}&to=${T0}`)).toEqual([]);
});

test("what waits is listed in the same way when it is very much", async () => {
  await insertWaiting(20_001, mine.program_id);
  const waiting = stored.filter(({ of, state }) => of === mine && state === "pending").map(({ id }) => id);
  const parameters = `program_id=${mine.program_id}&state=pending&from=${T0}`;
  expect(await ids(parameters)).toEqual(waiting);
  expect(await paged(parameters)).toEqual(waiting);
});

test.each([
  ["everything", "", 0],
  ["what waits", "state=pending", 0],
  ["what waits, when it is very much", "state=pending", 20_001],
  ["what was rejected", "state=rejected", 0],
  ["what is dead, of one destination", "state=dead&network=everflow", 0],
])("a page of %s reads little more than it shows", async (_, parameters, waiting) => {
  await env.DB.batch(
    (["delivered", "rejected", "dead"] as const).map((state, i) =>
      env.DB.prepare(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         INSERT INTO deliveries (event_id, network, program_id, state, lane, next_attempt_at, give_up_at)
         SELECT printf('%08x%024x', i, ?1), 'everflow', 1 + i % 2, ?2, 0, 0, 0 FROM n`,
      ).bind(i, state),
    ),
  );
  await insertWaiting(waiting, mine.program_id);
  const { db, read } = metered(env.DB);
  const { body } = await callWith({ DB: db }, "GET", `/deliveries?limit=3&${parameters}`);
  expect(body.data).toHaveLength(3);
  // Counting those that wait stops where they are too many to be sorted.
  expect(read() - Math.min(waiting, 20_001)).toBeLessThan(150);
});

test("a period may end in the middle of a second, and has each click of it on one side", async () => {
  const at = T0 + 7_200_000;
  const [early, late] = [at + 100, at + 900];
  const found: string[] = [];
  for (const when of [early, late]) {
    const event_id = await insertClick({ at: when, ...mine });
    found.push(await insertDelivery({ event_id, program_id: mine.program_id, state: "dead" }));
  }
  for (const filter of ["", "state=dead&"]) {
    expect(await ids(`${filter}from=${at}&to=${at + 500}`)).toEqual([found[0]]);
    expect(await ids(`${filter}from=${at + 500}&to=${at + 1000}`)).toEqual([found[1]]);
    expect(await ids(`${filter}from=${late}`)).toEqual([found[1]]);
    expect(await ids(`${filter}from=${at}&to=${late}`)).toEqual([found[0]]);
  }
});

const FAILED = { at: T0 + 1, duration_ms: 10_000, status: null, words: "no answer within 10 s" };
const REFUSED = { at: T0 + 9_000, duration_ms: 80, status: 200, words: "error_code 2: offer cap" };

test("a delivery is shown with its attempts, its click and the network's own id", async () => {
  const first = await insertClick({ at: T0, ...mine });
  const event_id = await insertClick({ at: T0 + 400, ...mine }, { customer_id: first });
  const owed = { event_id, program_id: mine.program_id, attempts: [FAILED, REFUSED] };
  const id = await insertDelivery(
    { ...owed, state: "rejected" },
    { reason: REFUSED.words, reference: "9fd3ef4b", next_attempt_at: 5, give_up_at: 6 },
  );
  const { status, body } = await call("GET", `/deliveries/${id}`);
  expect(status).toBe(200);
  expect(() => DeliveryDetail.parse(body)).not.toThrow();
  const listed = {
    id,
    event_id,
    network: "everflow",
    program_id: mine.program_id,
    clicked_at: T0 + 400,
    // The customer's, as GET /clicks has it, though a later click's own id differs.
    click_id: `cust_${first}_${T0}`,
    link_id: mine.link_id,
    link_code: "MINE",
    state: "rejected",
    reason: REFUSED.words,
    reference: "9fd3ef4b",
    attempt_count: 2,
    last_attempt_at: REFUSED.at,
    next_attempt_at: null,
    give_up_at: null,
  };
  expect(body).toEqual({ ...listed, attempts: [FAILED, REFUSED], sent: null });
  const list = (await call("GET", `/deliveries?state=rejected&from=${T0 + 400}&to=${T0 + 401}`)).body;
  expect(list).toEqual({ data: [listed], next_cursor: null });
  expect(() => Delivery.parse(list.data[0])).not.toThrow();
});

test("a delivery that waits tells when it is tried next and until when", async () => {
  const event_id = await insertClick({ at: T0, ...mine });
  const times = { next_attempt_at: T0 + 4_000, give_up_at: T0 + 172_800_000 };
  const id = await insertDelivery({ event_id, program_id: mine.program_id }, times);
  expect((await call("GET", `/deliveries/${id}`)).body).toMatchObject({
    ...times,
    attempt_count: 0,
    last_attempt_at: null,
    attempts: [],
    sent: null,
  });
});

test("a delivery outlives its click", async () => {
  const id = await insertDelivery({
    event_id: "0".repeat(32),
    program_id: mine.program_id,
    state: "delivered",
  });
  const { body } = await call("GET", `/deliveries/${id}`);
  expect(() => DeliveryDetail.parse(body)).not.toThrow();
  expect(body).toMatchObject({ clicked_at: null, click_id: null, link_id: null, link_code: null });
  expect(await ids("state=delivered")).toContain(id);
});

test("deliveries can be had as CSV, with times that people can read", async () => {
  const event_id = await insertClick({ at: T0 + 3_600_000, ...mine });
  await insertDelivery(
    { event_id, program_id: mine.program_id, state: "dead", attempts: [FAILED] },
    { reason: '=HYPERLINK("x")' },
  );
  const { text, headers } = await call("GET", "/deliveries?format=csv&limit=1");
  expect(headers.get("Content-Type")).toMatch(/^text\/csv/);
  expect(headers.get("X-Next-Cursor")).toEqual(expect.any(String));
  expect(text.split("\r\n")).toEqual([
    Object.keys(Delivery.shape).join(","),
    `${event_id}.everflow,${event_id},everflow,${mine.program_id},2026-03-03T11:00:00.000Z,` +
      `cust_${event_id}_${T0 + 3_600_000},${mine.link_id},MINE,dead,"'=HYPERLINK(""x"")",,1,2026-03-03T10:00:00.001Z,,`,
    "",
  ]);
  const whole = await call("GET", "/deliveries?format=csv&state=dead");
  expect(whole.text.split("\r\n")).toHaveLength(stored.filter(({ state }) => state === "dead").length + 3);
});

test.each([
  ["state=lost", "state", "state must be one of: pending, delivered, rejected, dead, withheld"],
  ["network=impact", "network", "network must be one of: everflow, avantlink"],
  ["program_id=x", "program_id", "program_id must be a whole number"],
  ["from=2&to=1", "from", "from must not be after to"],
  ["limit=0", "limit", "limit must be 1 or more"],
  ["cursor=abc", "cursor", "cursor is not of this list and sort"],
  ["link_id=1", "link_id", "link_id is not a field of this request"],
])("a list of deliveries with %s is refused", async (parameters, field, error) => {
  const { status, body } = await call("GET", `/deliveries?${parameters}`);
  expect(status).toBe(400);
  expect(body).toEqual({ error, field });
});

test.each([
  `${"0".repeat(31)}1.everflow`,
  `${"0".repeat(32)}.impact`,
  "0".repeat(32),
  ".everflow",
  "x.y.everflow",
  "retry",
  "%00.everflow",
])("there is no delivery %s", async (id) => {
  const { status, body } = await call("GET", `/deliveries/${id}`);
  expect(status).toBe(404);
  expect(body).toEqual({ error: "Delivery not found" });
});
