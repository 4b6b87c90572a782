import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { newestClicks } from "../../worker/reports/newest-clicks.ts";
import { ClickDetail, ClickEvent } from "../../worker/reports/schemas/click.ts";
import { call, programWithLink } from "./support/call.ts";
import { insert, insertClick, insertDelivery } from "./support/rows.ts";

const T0 = Date.UTC(2026, 0, 10, 12);
const SECOND = 1000;
const DAY = 86_400_000;

type Ids = { program_id: number; partner_id: number; link_id: number };
let mine: Ids;
let others: Ids;

async function ids(parameters: string): Promise<string[]> {
  const { body } = await call("GET", `/clicks?${parameters}`);
  return body.data.map((click: { id: string }) => click.id);
}

/** Newest first: mine and another program's in turn, ten seconds apart. */
let newest: { id: string; at: number; of: Ids }[];

beforeAll(async () => {
  mine = await programWithLink("MINE");
  others = await programWithLink("OTHERS");
});

beforeEach(async () => {
  await env.DB.batch([
    env.DB.prepare("DELETE FROM affiliate_click_events"),
    env.DB.prepare("DELETE FROM customers"),
    env.DB.prepare("DELETE FROM program_hours"),
    env.DB.prepare("UPDATE retention SET gone_before = 0"),
  ]);
  newest = [];
  for (let i = 0; i < 10; i++) {
    const of = i % 2 === 0 ? mine : others;
    const at = T0 + i * 10 * SECOND;
    newest.unshift({ id: await insertClick({ at, ...of }), at, of });
  }
});

async function countedInHour(program_id: number, at: number, clicks: number): Promise<void> {
  await env.DB.prepare("INSERT OR REPLACE INTO program_hours VALUES (?, ?, ?, 0, 0)")
    .bind(program_id, Math.floor(at / 3_600_000), clicks)
    .run();
}

// A program's clicks are read by its links while they are few and by time when they are many: both must agree.
test.each(["few", "many"])(
  "clicks are listed newest first, by program (with %s), link, partner and period",
  async (size) => {
    await countedInHour(mine.program_id, T0, size === "many" ? 1_000_000 : 5);
    const all = newest.map(({ id }) => id);
    const own = newest.filter(({ of }) => of === mine).map(({ id }) => id);
    expect(await ids("")).toEqual(all);
    expect(await ids(`program_id=${mine.program_id}`)).toEqual(own);
    expect(await ids(`link_id=${mine.link_id}`)).toEqual(own);
    expect(await ids(`partner_id=${mine.partner_id}`)).toEqual(own);
    expect(await ids(`partner_id=${mine.partner_id}&program_id=${others.program_id}`)).toEqual([]);
    expect(
      await ids(`link_id=${mine.link_id}&partner_id=${mine.partner_id}&program_id=${mine.program_id}`),
    ).toEqual(own);
    for (const filter of ["", `program_id=${mine.program_id}&`, `link_id=${mine.link_id}&`]) {
      const fitting = filter ? own : all;
      const within = newest.filter(
        ({ id, at }) => fitting.includes(id) && at >= T0 + 20_000 && at < T0 + 60_000,
      );
      expect(await ids(`${filter}from=${T0 + 20_000}&to=${T0 + 60_000}`)).toEqual(within.map(({ id }) => id));
      expect(await ids(`${filter}from=${T0 + 20_001}&to=${T0 + 20_002}`)).toEqual([]);
      expect(await ids(`${filter}from=${T0}&to=${T0}`)).toEqual([]);
    }
    for (const filter of ["", `program_id=${mine.program_id}&`, `link_id=${mine.link_id}&`]) {
      const paged: string[] = [];
      let cursor: string | null = "";
      while (cursor !== null) {
        const more: string = cursor && `&cursor=${cursor}`;
        const { body } = await call("GET", `/clicks?${filter}limit=3${more}`);
        paged.push(...body.data.map((click: { id: string }) => click.id));
        cursor = body.next_cursor;
      }
      expect(paged).toEqual(filter ? own : all);
    }
  },
);

// By its counters it had enough of the newest to be picked out of all: every other program's clicks were read.
test("a program whose many clicks are no longer kept is not looked for among all others'", async () => {
  for (let i = 0; i < 100; i++) await insertClick({ at: T0 + 200 * SECOND + i, ...others });
  await countedInHour(mine.program_id, T0 - 400 * DAY, 1_000_000);
  await env.DB.prepare("UPDATE referral_links SET clicks = 1000000").run();
  await env.DB.prepare("UPDATE retention SET gone_before = ?")
    .bind(T0 - DAY)
    .run();
  let rows_read = 0;
  const prepare = (text: string) => ({
    bind(...values: unknown[]) {
      const bound = env.DB.prepare(text).bind(...values);
      const all = async () => {
        const result = await bound.all();
        rows_read += result.meta.rows_read;
        return result;
      };
      return { all, first: (column: string) => bound.first(column) };
    },
  });
  const db = { prepare } as unknown as D1Database;
  const found = await newestClicks(db, { program_id: mine.program_id, format: "json" }, 50, undefined);
  expect(found).toHaveLength(5);
  expect(rows_read).toBeLessThan(60);
});

test("a period may end in the middle of a second, and counts each click of it on one side", async () => {
  const at = T0 + 7_200_000;
  const early = await insertClick({ at: at + 100, ...mine });
  const late = await insertClick({ at: at + 900, ...mine });
  expect(await ids(`from=${at}&to=${at + 500}`)).toEqual([early]);
  expect(await ids(`from=${at + 500}&to=${at + 1000}`)).toEqual([late]);
});

test("a listed click has every stored field, its link's code and its customer's click_id", async () => {
  const stored = {
    is_unique: 0,
    is_bot: 1,
    gpc: 1,
    event_id: "e1",
    affiliate_url: "https://shop.example/?aff=MINE",
    page_title: "<script>alert(1)</script>",
    params: '{"avad":"abc","gclid":"x"}',
    country: "DE",
    dma: 5,
    asn: 64500,
    device_type: "PC",
    referrer_host: "blog.example",
    kept_at: T0 + 3_600_002,
    recorded_at: T0 + 3_600_300,
  };
  const at = T0 + 3_600_000;
  const id = await insertClick({ at, ...mine }, stored);
  const { status, body } = await call("GET", "/clicks?limit=1");
  expect(status).toBe(200);
  expect(body.next_cursor).toEqual(expect.any(String));
  expect(body.data).toHaveLength(1);
  expect(body.data[0]).toMatchObject({
    ...stored,
    id,
    customer_id: id,
    click_id: `cust_${id}_${at}`,
    at,
    link_code: "MINE",
    is_unique: false,
    is_bot: true,
    gpc: true,
    params: { avad: "abc", gclid: "x" },
    city: null,
  });
  expect(() => ClickEvent.parse(body.data[0])).not.toThrow();
  const columns = await env.DB.prepare("SELECT name FROM pragma_table_info('affiliate_click_events')").all();
  expect(Object.keys(body.data[0])).toEqual(expect.arrayContaining(columns.results.map(({ name }) => name)));
});

test("a click is shown with its customer and the customer's other clicks, newest first", async () => {
  const first = await insertClick({ at: T0, ...mine });
  const later = [];
  for (const [i, of] of [mine, others, mine].entries()) {
    const at = T0 + (i + 1) * 60_000;
    later.unshift(await insertClick({ at, ...of }, { customer_id: first, is_unique: 0 }));
  }
  await insertClick({ at: T0 + 5, ...mine });
  const click_id = `cust_${first}_${T0}`;
  const { status, body } = await call("GET", `/clicks/${click_id}`);
  expect(status).toBe(200);
  expect(() => ClickDetail.parse(body)).not.toThrow();
  expect(body.click).toMatchObject({ id: first, click_id });
  expect(body.customer).toEqual({
    id: first,
    click_id,
    program_id: mine.program_id,
    customer_status: "click",
    link_id: mine.link_id,
    partner_id: mine.partner_id,
    attributed_at: T0,
    created_at: T0,
    last_clicked: T0,
  });
  expect(body.other_clicks.map(({ id }: { id: string }) => id)).toEqual(later);

  const second = await call("GET", `/clicks/${later[1]}`);
  expect(second.body.click).toMatchObject({ id: later[1], click_id, link_code: "OTHERS" });
  expect(second.body.other_clicks.map(({ id }: { id: string }) => id)).toEqual([later[0], later[2], first]);
});

test("a click is shown with what became of it at its networks, and with Everflow's transaction id", async () => {
  const id = await insertClick({ at: T0, ...mine });
  const failed = { at: T0 + 1, duration_ms: 10_000, status: null, words: "no answer within 10 s" };
  const arrived = { at: T0 + 9_000, duration_ms: 80, status: 200, words: "error_code 0" };
  const reference = "9fd3ef4b23b44a6a8a1d1b5e6a0c1f22";
  const owed = { event_id: id, program_id: mine.program_id };
  await insertDelivery({ ...owed, state: "delivered", attempts: [failed, arrived] }, { reference });
  await insertDelivery({ ...owed, network: "avantlink", state: "withheld" }, { reason: "bot" });
  const { body } = await call("GET", `/clicks/${id}`);
  expect(() => ClickDetail.parse(body)).not.toThrow();
  expect(body.everflow_transaction_id).toBe(reference);
  expect(body.deliveries).toMatchObject([
    { id: `${id}.everflow`, state: "delivered", reference, attempts: [failed, arrived] },
    { id: `${id}.avantlink`, state: "withheld", reason: "bot", attempts: [] },
  ]);
  const other = (await call("GET", `/clicks/${newest[0]!.id}`)).body;
  expect(other).toMatchObject({ everflow_transaction_id: null, deliveries: [] });
});

test("an id that AvantLink gave is not taken for Everflow's", async () => {
  const id = await insertClick({ at: T0, ...mine });
  const owed = { event_id: id, program_id: mine.program_id };
  await insertDelivery({ ...owed, network: "avantlink", state: "delivered" }, { reference: "theirs" });
  await insertDelivery(owed);
  expect((await call("GET", `/clicks/${id}`)).body.everflow_transaction_id).toBeNull();
});

test("a click whose customer is gone is still shown", async () => {
  const id = "0".repeat(32);
  const ids = { program_id: 1, partner_id: null, link_id: 9_999 };
  await insert("affiliate_click_events", {
    id,
    customer_id: id,
    at: 7,
    dialect: "everflow",
    ...ids,
    is_unique: 1,
    is_bot: 0,
    gpc: 0,
  });
  const { body } = await call("GET", `/clicks/${id}`);
  expect(body).toMatchObject({
    click: { click_id: `cust_${id}_7`, link_code: null },
    customer: null,
    other_clicks: [],
  });
});

test.each([
  "0123456789abcdef0123456789abcdef",
  "cust_0123456789abcdef0123456789abcdef_1763683200000",
  "0123456789ABCDEF0123456789ABCDEF",
  "cust_x_1",
  "x",
  "%00",
])("there is no click %s", async (id) => {
  const { status, body } = await call("GET", `/clicks/${id}`);
  expect(status).toBe(404);
  expect(body).toEqual({ error: "Click not found" });
});
