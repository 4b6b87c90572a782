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
    const click = { link_id, program_id: 1, partner_id: 1, at: 0, visitor: { user_agent } } as Click;
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
  const click = { link_id, program_id: 1, partner_id: 1, at: 0, visitor: {} } as Click;
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
