/** What is kept no longer, and what stays; the clock is moved by hand. */
import {
  createExecutionContext,
  createScheduledController,
  env,
  SELF,
  waitOnExecutionContext,
} from "cloudflare:test";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Click } from "../../worker/click.ts";
import { record } from "../../worker/clicks/record.ts";
import { deleteOldClicks } from "../../worker/clicks/retention.ts";
import type { Env } from "../../worker/env.ts";
import collector from "../../worker/index.ts";
import {
  COLLECTOR,
  events,
  postClick,
  recordAll,
  seedLink,
  seedNetworks,
  seedProgram,
} from "../support/program.ts";

const DAY = 86_400_000;
const NOW = Date.now();
const BOT = "Googlebot/2.1";
const KEPT = 90;

const SUMS = [
  "referral_links",
  "link_hours",
  "program_hours",
  "link_dimension_days",
  "program_dimension_days",
  "partner_program_metrics",
];
const EMPTIED = [...SUMS.slice(1), "affiliate_click_events", "customers", "deliveries", "test_click_events"];

beforeAll(async () => {
  await seedProgram();
  await seedLink({ code: "SECOND", partner_id: 2 });
  await seedNetworks();
  await env.DB.prepare("UPDATE referral_links SET everflow = '{}'").run();
});

beforeEach(async () => {
  await env.DB.batch([
    ...EMPTIED.map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
    env.DB.prepare("UPDATE referral_links SET clicks = 0, unique_clicks = 0, bot_clicks = 0"),
    env.DB.prepare("UPDATE retention SET reached = '', round_began_at = 0, gone_before = 0"),
  ]);
});

let random = 0;

/** Of a new customer unless one is given. */
function click(age_days: number, { customer, ...more }: Partial<Click> & { customer?: Click } = {}): Click {
  const at = NOW - age_days * DAY;
  const id = Math.floor(at / 1000).toString(16) + (++random).toString(16).padStart(24, "0");
  return {
    id,
    customer_id: customer?.customer_id ?? id,
    customer_created_at: customer?.customer_created_at ?? at,
    at,
    dialect: "affitor",
    link_id: 2,
    program_id: 1,
    partner_id: 1,
    page: { page_url: "https://shop.example/", referrer_url: "https://blog.example/" },
    visitor: { ip: "198.51.100.7", gpc: false, user_agent: "", country: "DE" },
    params: { avad: "1_2" },
    ...more,
  };
}

/** Recorded when they were clicked, and settled unless told. */
async function recorded(clicks: Click[], { settled = true } = {}): Promise<void> {
  for (const each of clicks) await record(env.DB, [each], { give_up_after_ms: DAY, now: each.at + 500 });
  if (settled) await settle();
}

function settle(): Promise<unknown> {
  return env.DB.prepare("UPDATE deliveries SET state = 'delivered' WHERE state = 'pending'").run();
}

function run(now = NOW, days = String(KEPT), limits?: Parameters<typeof deleteOldClicks>[2]) {
  return deleteOldClicks({ ...env, RETENTION_DAYS: days }, now, limits);
}

async function ids(table: string, column = "id"): Promise<unknown[]> {
  const { results } = await env.DB.prepare(`SELECT DISTINCT ${column} AS id FROM ${table} ORDER BY 1`).all<{
    id: unknown;
  }>();
  return results.map(({ id }) => id);
}

async function left(): Promise<{ clicks: unknown[]; owed: unknown[]; customers: unknown[] }> {
  return {
    clicks: await ids("affiliate_click_events"),
    owed: await ids("deliveries", "event_id"),
    customers: await ids("customers"),
  };
}

async function rows(tables: string[]): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {};
  for (const table of tables) all[table] = (await env.DB.prepare(`SELECT * FROM ${table}`).all()).results;
  return all;
}

/** The status of GET /api/admin/clicks/{id}. */
async function shown({ id }: Click): Promise<number> {
  const headers = { Authorization: `Bearer ${env.ADMIN_TOKEN}` };
  const response = await SELF.fetch(`${COLLECTOR}/api/admin/clicks/${id}`, { headers });
  await response.body?.cancel();
  return response.status;
}

const everything = (of: Click[]) => {
  const all = of.map(({ id }) => id).sort();
  return { clicks: all, owed: all, customers: all };
};

test("a click older than RETENTION_DAYS is deleted with its deliveries and its customer, and counts for ever", async () => {
  const old = [
    click(KEPT + 200),
    click(KEPT + 0.01),
    click(KEPT + 1, { visitor: { ...click(0).visitor, user_agent: BOT } }),
  ];
  const young = [click(KEPT - 0.01), click(1), click(2, { link_id: 3, partner_id: 2 })];
  await recorded([...old, ...young]);
  await env.DB.prepare(
    "INSERT OR REPLACE INTO reconciliation VALUES (1, ?, 411, 2, 5, 5, 0, 0, 0, 0, 0, 0, 0)",
  )
    .bind(Math.floor(old[0]!.at / DAY))
    .run();
  const sums = await rows([...SUMS, "reconciliation"]);
  expect(await left()).toEqual(everything([...old, ...young]));

  expect((await run()).clicks).toBe(3);
  expect(await left()).toEqual(everything(young));
  expect(await shown(old[0]!)).toBe(404);
  expect(await shown(young[0]!)).toBe(200);
  expect(await rows([...SUMS, "reconciliation"])).toEqual(sums);
  expect(sums.referral_links).toContainEqual(expect.objectContaining({ id: 2, clicks: 4, bot_clicks: 1 }));
});

test("a click stays while a network is owed it, and goes the day after that is settled", async () => {
  const owed = click(KEPT + 10);
  await recorded([owed], { settled: false });
  expect((await run()).clicks).toBe(0);
  expect(await left()).toEqual(everything([owed]));
  await settle();
  expect((await run(NOW + 60_000)).clicks).toBe(0);
  expect((await run(NOW + DAY)).clicks).toBe(1);
  expect(await left()).toEqual(everything([]));
});

test("of two deliveries, the settled one stays with the pending one", async () => {
  const owed = click(KEPT + 10);
  await recorded([owed], { settled: false });
  await env.DB.prepare("UPDATE deliveries SET state = 'delivered' WHERE network = 'everflow'").run();
  await run();
  expect(await ids("deliveries", "network")).toEqual(["avantlink", "everflow"]);
});

test("a customer who came back stays as long as a click is kept, also a bot's, and goes with the last", async () => {
  const first = click(KEPT + 30);
  const again = click(KEPT - 10, { customer: first });
  const asBot = click(KEPT - 20, { customer: first, visitor: { ...first.visitor, user_agent: BOT } });
  await recorded([first, asBot, again]);
  await run();
  expect(await left()).toMatchObject({ clicks: [asBot.id, again.id].sort(), customers: [first.id] });
  await run(NOW + 11 * DAY);
  expect(await left()).toMatchObject({ clicks: [asBot.id], customers: [first.id] });
  await run(NOW + 21 * DAY);
  expect(await left()).toEqual(everything([]));
});

test("who comes back when all clicks are gone keeps the click id, and is a new customer, unique again", async () => {
  // No network is told of it, so none is owed it.
  const headers = { "Sec-GPC": "1" };
  const first = await postClick({ affiliate_url: "https://shop.example/?aff=PARTNER123" }, { headers });
  const { click_id } = await first.json<{ click_id: string }>();
  await recordAll();
  await run(Date.now() + (KEPT + 2) * DAY);
  expect(await left()).toEqual(everything([]));

  const later = await postClick(
    { affiliate_url: "https://shop.example/?aff=SECOND", existing_click_id: click_id },
    { headers },
  );
  expect(await later.json()).toMatchObject({ success: true, click_id });
  await recordAll();
  const [, customer_id, created_at] = click_id.split("_");
  expect(await events()).toMatchObject([{ customer_id, link_id: 3, is_unique: 1 }]);
  expect((await rows(["customers"])).customers).toMatchObject([
    { id: customer_id, created_at: Number(created_at), link_id: 3, partner_id: 2 },
  ]);
});

test("old test clicks are deleted with what they were owed", async () => {
  const test_mode = { additional_data: { test_mode: true, program_id: 1 } };
  await postClick({ affiliate_url: "https://shop.example/?aff=PARTNER123", ...test_mode });
  expect(await ids("deliveries", "state")).toEqual(["withheld"]);
  await run(Date.now() + (KEPT - 1) * DAY);
  expect(await ids("test_click_events")).toHaveLength(1);
  expect(await ids("deliveries", "state")).toEqual(["withheld"]);
  await run(Date.now() + (KEPT + 1) * DAY);
  expect(await ids("test_click_events")).toEqual([]);
  expect(await left()).toEqual(everything([]));
});

// The Intake repeats a batch whose end it does not know: deleted in between, its clicks would count twice.
test("a click that was recorded late stays for a day, so that recording it again counts nothing", async () => {
  const late = click(KEPT + 5);
  const batch = () => record(env.DB, [late], { give_up_after_ms: DAY, now: NOW });
  await batch();
  await settle();
  await run(NOW + 1_000);
  await batch();
  expect(await rows(["referral_links"])).toMatchObject({
    referral_links: expect.arrayContaining([expect.objectContaining({ id: 2, clicks: 1 })]),
  });
  await run(NOW + DAY + 1_000);
  expect(await left()).toEqual(everything([]));
});

test("a run deletes a bounded number, and the next goes on where it stopped", async () => {
  const old = Array.from({ length: 25 }, (_, i) => click(KEPT + 30 - i));
  await recorded(old);
  const limits = { page_clicks: 5, pages: 2, d1_ms: 1_000 };
  const done: number[] = [];
  for (let i = 0; i < 4; i++) done.push((await run(NOW + i * 60_000, "90", limits)).clicks);
  expect(done).toEqual([10, 10, 5, 0]);
  await recorded(old);
  expect((await run(NOW + DAY, "90", { ...limits, d1_ms: 0 })).clicks).toBe(0);
});

test("a run that has nothing to delete reads next to nothing, however much is kept or passed over", async () => {
  const owed = Array.from({ length: 30 }, (_, i) => click(KEPT + 1 + i));
  const returned = owed.map((customer) => click(5, { customer }));
  await recorded([...owed, ...returned], { settled: false });
  await run();
  const idle = await run(NOW + 60_000);
  expect(idle).toMatchObject({ clicks: 0, rows_written: 0 });
  expect(idle.rows_read).toBeLessThan(10);
});

test("a deleted click costs 5 rows written and 15 read at the most, with both its deliveries and its customer", async () => {
  const old = Array.from({ length: 200 }, (_, i) => click(KEPT + 1 + i / 1000));
  await recorded(old);
  const { clicks, rows_read, rows_written } = await run();
  expect(clicks).toBe(200);
  expect(rows_written / clicks).toBeLessThan(5);
  expect(rows_read / clicks).toBeLessThan(15);
});

describe("RETENTION_DAYS", () => {
  test("0 keeps clicks for ever", async () => {
    const old = [click(3_000)];
    await recorded(old);
    await run(NOW, "0");
    expect(await left()).toEqual(everything(old));
  });

  test("is 90 where it is not set, and 15 at least", async () => {
    const kept = [click(14.9), click(16), click(91)];
    await recorded(kept);
    await deleteOldClicks({ ...env, RETENTION_DAYS: undefined } as unknown as Env, NOW);
    expect(await left()).toEqual(everything(kept.slice(0, 2)));
    await run(NOW, "15");
    expect(await left()).toEqual(everything(kept.slice(0, 1)));
  });

  test.for(["14", "1", "-90", "90.5", "9e1", "ninety", "", " ", "0x5a"])(
    "%j is a slip: it is named, and nothing is deleted",
    async (value) => {
      const old = [click(3_000)];
      await recorded(old);
      await expect(run(NOW, value)).rejects.toThrow(
        `RETENTION_DAYS is "${value}": it must be a whole number`,
      );
      expect(await left()).toEqual(everything(old));
    },
  );
});

describe("every minute", () => {
  async function minute(bindings: Partial<Env>): Promise<unknown> {
    const context = createExecutionContext();
    try {
      await collector.scheduled(
        createScheduledController({ cron: "* * * * *", scheduledTime: new Date(NOW) }),
        { ...env, ...bindings },
      );
    } catch (error) {
      return error;
    } finally {
      await waitOnExecutionContext(context);
    }
    return undefined;
  }

  test("a slip in RETENTION_DAYS is logged, and lost wake-ups of couriers are made up for all the same", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await recorded([click(1)], { settled: false });
    const woken: string[] = [];
    const courier = { getByName: (name: string) => ({ wake: async () => void woken.push(name) }) };
    const COURIER = courier as unknown as Env["COURIER"];
    expect(String(await minute({ RETENTION_DAYS: "a quarter", COURIER }))).toContain("RETENTION_DAYS");
    expect(woken.length).toBeGreaterThan(0);
    expect(String(logged.mock.calls[0])).toContain('RETENTION_DAYS is "a quarter"');
    vi.restoreAllMocks();
  });

  test("old clicks go also when no courier can be woken", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const old = click(KEPT + 1);
    const young = click(1);
    await recorded([old]);
    await recorded([young], { settled: false });
    const COURIER = undefined as unknown as Env["COURIER"];
    expect(await minute({ RETENTION_DAYS: "90", COURIER })).toBeInstanceOf(Error);
    expect(await ids("affiliate_click_events")).toEqual([young.id]);
    vi.restoreAllMocks();
  });
});
