/** The cron triggers of a collector on this machine; its clock is moved by hand. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CannotStart } from "../../scripts/cannot-start.ts";
import { openCollector } from "../../scripts/collector.ts";
import { cronPattern } from "../../scripts/cron-pattern.ts";
import { type Networked, openNetworked, secrets } from "../support/node/networked.ts";
import { tempFolder } from "../support/node/temp-folder.ts";
import { until } from "../support/node/until.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DELIVERED_MS = 10_000;
const REPORT = "/v1/affiliates/reporting/clicks/stream";

let began: number;

beforeEach(() => {
  began = Date.now();
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A click that Everflow is owed, and whose courier nobody has woken. @returns its click id */
async function owedAndForgotten({ rows, demo }: Networked, id: string): Promise<string> {
  // Past, by the runtime's own clock too, which nobody moves.
  const at = began;
  await rows(
    `INSERT INTO affiliate_click_events (id, customer_id, at, dialect, program_id, link_id, is_unique, is_bot, gpc)
     VALUES (?1, ?1, ?2, 'affitor', ?3, ?4, 1, 0, 0)`,
    id,
    at,
    demo.programId,
    demo.links[0]!.id,
  );
  await rows(
    `INSERT INTO deliveries (event_id, network, program_id, state, lane, next_attempt_at, give_up_at)
     VALUES (?, 'everflow', ?, 'pending', 0, ?, ?)`,
    id,
    demo.programId,
    at,
    at + HOUR_MS,
  );
  return `cust_${id}_${at}`;
}

const ONE = "1".repeat(32);
const OTHER = "2".repeat(32);

test("what a killed collector owed is delivered as soon as it is started again", async () => {
  const dataDir = tempFolder();
  const first = await openNetworked({ dataDir });
  const { everflow } = first.sandboxes;
  const clickId = await owedAndForgotten(first, ONE);
  await first.collector.close();
  expect(everflow.counts.requests).toBe(0);

  const bindings = { ALLOW_LOOPBACK_NETWORKS: "1" };
  const second = await openCollector({ dataDir, port: 0, ...secrets, bindings });
  try {
    await until(() => everflow.times(clickId) === 1, DELIVERED_MS, "Everflow gets it");
  } finally {
    await second.close();
  }
});

test("every minute it looks whether a network is owed something that nobody delivers, until it is closed", async () => {
  const networked = await openNetworked();
  const { everflow } = networked.sandboxes;
  for (const id of [ONE, OTHER]) {
    const clickId = await owedAndForgotten(networked, id);
    vi.advanceTimersByTime(MINUTE_MS - 1);
    expect(everflow.times(clickId)).toBe(0);
    vi.advanceTimersByTime(1);
    await until(() => everflow.times(clickId) === 1, DELIVERED_MS, "Everflow gets it");
  }
  await networked.collector.close();
  expect(vi.getTimerCount()).toBe(0);
});

// Every run used to be the sweep: no run said which trigger it was.
test("at its time Everflow's report is compared, once, and not before", async () => {
  const { sandboxes, rows } = await openNetworked();
  const asked = () => sandboxes.everflow.received.filter(({ url }) => url === REPORT).length;
  const compared = () =>
    rows<{ affiliate_id: number; day: number; checked_at: number }>(
      "SELECT affiliate_id, day, checked_at FROM reconciliation ORDER BY day, affiliate_id",
    );
  const next = nextSeventeenPast(Date.now() + MINUTE_MS);
  vi.advanceTimersByTime(next - MINUTE_MS - Date.now());
  expect(asked()).toBe(0);
  // As long as a minute lasts at most until it is looked at.
  vi.advanceTimersByTime(2 * MINUTE_MS);
  await until(async () => (await compared()).length === 9, DELIVERED_MS, "three days of three affiliates");
  const times = new Set((await compared()).map(({ checked_at }) => checked_at));
  expect(times.size).toBe(1);
  const [at] = times;
  expect(at).toBeGreaterThanOrEqual(next);
  expect(at).toBeLessThan(next + MINUTE_MS);
});

/** 17 minutes past the next hour that six divides. */
function nextSeventeenPast(at: number): number {
  const passed = Math.floor((at - 17 * MINUTE_MS) / (6 * HOUR_MS));
  return (passed + 1) * 6 * HOUR_MS + 17 * MINUTE_MS;
}

const AT = (time: string) => Date.parse(`2026-01-10T${time}:00Z`);

test.each([
  ["* * * * *", ["00:00", "06:17", "23:59"], []],
  ["17 */6 * * *", ["00:17", "06:17", "12:17", "18:17"], ["00:16", "00:18", "05:17", "07:17"]],
  ["*/15 3 * * *", ["03:00", "03:45"], ["03:44", "04:00"]],
  ["5 23 * * *", ["23:05"], ["11:05", "23:50"]],
])("the trigger %s is due at %j, and not at %j", (pattern, due, notDue) => {
  const isDue = cronPattern(pattern);
  expect(due.map(AT).every(isDue)).toBe(true);
  expect(notDue.map(AT).some(isDue)).toBe(false);
});

test.each([
  "",
  "* * * *",
  "* * * * * *",
  "60 * * * *",
  "0 24 * * *",
  "*/0 * * * *",
  "1,2 * * * *",
  "0 9-17 * * *",
  "0 0 1 * *",
  "0 0 * * MON",
])("the trigger %j, which would never run here, ends the start", (pattern) => {
  expect(() => cronPattern(pattern)).toThrow(CannotStart);
});
