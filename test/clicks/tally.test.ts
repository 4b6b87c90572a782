/** What strangers write into a user agent or a referrer must not decide how many rows the sums have. */
import { env } from "cloudflare:test";
import { expect, test } from "vitest";
import type { Click } from "../../worker/click.ts";
import { deviceOf } from "../../worker/clicks/derive.ts";
import { Tally } from "../../worker/clicks/tally.ts";
import { CHROME } from "../support/program.ts";

let link_id = 0;

async function tallied(clicks: { user_agent?: string; referrer?: string }[]): Promise<void> {
  const tally = new Tally();
  for (const { user_agent = CHROME, referrer = "" } of clicks) {
    const click = {
      link_id,
      program_id: 1,
      partner_id: 1,
      at: 0,
      page: {},
      visitor: { user_agent },
    } as Click;
    tally.add(click, deviceOf(user_agent), true, referrer);
  }
  await env.DB.batch(tally.statements(env.DB));
}

async function sums(dimension: string): Promise<Record<string, number>> {
  const { results } = await env.DB.prepare(
    "SELECT value, clicks FROM link_dimension_days WHERE link_id = ? AND dimension = ?",
  )
    .bind(link_id, dimension)
    .all<{ value: string; clicks: number }>();
  return Object.fromEntries(results.map(({ value, clicks }) => [value, clicks]));
}

test("browsers that nobody knows are summed as Other, while the parsed name stays", async () => {
  link_id = 1;
  const made = Array.from({ length: 30 }, (_, i) => `Surfer${i}/1.0 (Nowhere ${i})`);
  expect(deviceOf(made[0]!).browser).toBe("Surfer0");
  await tallied([{}, { user_agent: "" }, ...made.map((user_agent) => ({ user_agent }))]);
  expect(await sums("browser")).toEqual({ Chrome: 1, "": 1, Other: 30 });
  expect(Object.keys(await sums("os")).toSorted()).toEqual(["", "Windows"]);
});

test("an operating system that nobody knows is summed as Other", async () => {
  link_id = 2;
  const tally = new Tally();
  const click = { link_id, program_id: 1, partner_id: 1, at: 0, page: {}, visitor: {} } as Click;
  tally.add(click, { ...deviceOf(CHROME), os: "TempleOS" }, true, "");
  await env.DB.batch(tally.statements(env.DB));
  expect(await sums("os")).toEqual({ Other: 1 });
});

test("a long value is cut, never in the middle of a character", async () => {
  link_id = 3;
  await tallied([{ referrer: `${"x".repeat(99)}😀` }]);
  expect(await sums("referrer")).toEqual({ ["x".repeat(99)]: 1 });
});

test("a day of one link keeps 500 referrers; those that come later are summed as Other", async () => {
  link_id = 4;
  const hosts = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({ referrer: `h${from + i}.example` }));
  await tallied(hosts(0, 500));
  await tallied([...hosts(500, 600), ...hosts(0, 10)]);
  const referrers = await sums("referrer");
  expect(Object.keys(referrers)).toHaveLength(501);
  expect(referrers).toMatchObject({ Other: 100, "h0.example": 2, "h499.example": 1 });
});

test("a day of one program keeps 500 values too", async () => {
  const { results } = await env.DB.prepare(
    "SELECT value, clicks FROM program_dimension_days WHERE program_id = 1 AND dimension = 'referrer'",
  ).all<{ value: string; clicks: number }>();
  const clicks = Object.fromEntries(results.map((row) => [row.value, row.clicks]));
  expect(Object.keys(clicks).length).toBeLessThan(510);
  expect(clicks).toMatchObject({ Other: 100, "h0.example": 2 });
});

test("the landing page is summed by host and path, without what is the visitor's", async () => {
  const tally = new Tally();
  for (const page_url of [
    "https://Shop.example:8443/pricing?email=a@b.example#top",
    "https://shop.example:8443/pricing",
    "not a url",
    undefined,
  ]) {
    const click = {
      link_id: 5,
      program_id: 5,
      partner_id: 1,
      at: 0,
      page: { page_url },
      visitor: {},
    } as Click;
    tally.add(click, deviceOf(CHROME), true, "");
  }
  await env.DB.batch(tally.statements(env.DB));
  link_id = 5;
  expect(await sums("landing_page")).toEqual({ "shop.example:8443/pricing": 2, "": 2 });
});

const HOUR = 3_600_000;

/** The hours of a link: [hour, clicks, clicks so far, bots so far]. */
async function hoursOf(id: number): Promise<number[][]> {
  const { results } = await env.DB.prepare(
    "SELECT hour, clicks, clicks_so_far, bot_clicks_so_far FROM link_hours WHERE link_id = ? ORDER BY hour",
  )
    .bind(id)
    .all<Record<string, number>>();
  return results.map((row) => Object.values(row));
}

async function tallyHours(id: number, hours: number[], user_agent = CHROME): Promise<number> {
  const tally = new Tally();
  for (const hour of hours) {
    const click = { link_id: id, program_id: 6, partner_id: 1, at: hour * HOUR, page: {}, visitor: {} };
    tally.add(click as Click, deviceOf(user_agent), true, "");
  }
  const results = await env.DB.batch(tally.statements(env.DB));
  return results.reduce((sum, { meta }) => sum + meta.rows_written, 0);
}

test("an hour knows how far its link had come, in whatever order its clicks are recorded", async () => {
  await tallyHours(6, [10, 12, 12, 15]);
  await tallyHours(7, [11]);
  expect(await hoursOf(6)).toEqual([
    [10, 1, 1, 0],
    [12, 2, 3, 0],
    [15, 1, 4, 0],
  ]);
  // Another shard was slower, and knows hours that are new and hours that are not.
  await tallyHours(6, [9, 12, 13, 16, 9]);
  await tallyHours(6, [12, 13], "Googlebot/2.1");
  expect(await hoursOf(6)).toEqual([
    [9, 2, 2, 0],
    [10, 1, 3, 0],
    [12, 3, 6, 1],
    [13, 1, 7, 2],
    [15, 1, 8, 2],
    [16, 1, 9, 2],
  ]);
  expect(await hoursOf(7)).toEqual([[11, 1, 1, 0]]);
});

test("a click in the newest hour writes no other hour's row", async () => {
  await tallyHours(8, [1, 2, 3]);
  const first = await tallyHours(8, [3]);
  await tallyHours(8, [4, 5, 6]);
  expect(await tallyHours(8, [6])).toBe(first);
  expect(await tallyHours(8, [5])).toBe(first + 1);
});
