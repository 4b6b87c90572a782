/** Every sum is that of the rows, exactly; also after the upgrade of a database from before there were so many. */
import { env } from "cloudflare:test";
import { expect, test } from "vitest";
import type { Click } from "../../worker/click.ts";
import { record } from "../../worker/clicks/record.ts";
import ROLLUPS from "../../worker/migrations/0006_rollups.sql?raw";
import { CHROME, seedLink, seedProgram } from "../support/program.ts";
import { DISAGREEMENTS } from "../support/sums.ts";

const OPTIONS = { give_up_after_ms: 1, now: 0 };
const START = Date.UTC(2026, 2, 1, 20);
const HOUR = 3_600_000;

/** Of three links, over two days, out of order; every seventh a bot's, every fifth a known customer's. */
function clicks(count: number, name: string): Click[] {
  const made: Click[] = [];
  for (let i = 0; i < count; i++) {
    const at = START + ((i * 7919) % 30) * HOUR + i;
    const id = `${Math.floor(at / 1000).toString(16)}${name}${i.toString(16).padStart(23, "0")}`;
    const known = i % 5 === 4 ? made[i - 3] : undefined;
    made.push({
      id,
      customer_id: known?.customer_id ?? id,
      customer_created_at: known?.customer_created_at ?? at,
      at,
      dialect: "affitor",
      link_id: 1 + (i % 3),
      program_id: 1,
      partner_id: i % 3 === 0 ? null : i % 3,
      page: {
        page_url: i % 4 === 0 ? undefined : `https://shop.example/p${i % 6}?aff=X${i}`,
        referrer_url: i % 2 === 0 ? `https://blog${i % 9}.example/post` : undefined,
      },
      visitor: {
        ip: "",
        gpc: false,
        user_agent: i % 7 === 3 ? "Googlebot/2.1" : i % 11 === 0 ? "" : CHROME,
        country: i % 3 === 0 ? "DE" : undefined,
      },
      params: {},
    });
  }
  return made;
}

async function disagreements(): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {};
  for (const [name, sql] of Object.entries(DISAGREEMENTS)) {
    const { results } = await env.DB.prepare(sql).all();
    if (results.length > 0) found[name] = results;
  }
  return found;
}

test("every sum is that of the rows, whatever the order and however often a batch is repeated", async () => {
  await seedProgram();
  await seedLink({ code: "SECOND", partner_id: 2 });
  const all = clicks(200, "a");
  await record(env.DB, all.slice(0, 90), OPTIONS);
  await record(env.DB, all.slice(50, 200), OPTIONS);
  await record(env.DB, all, OPTIONS);
  expect(await disagreements()).toEqual({});
  const { results } = await env.DB.prepare("SELECT COUNT(*) AS n FROM program_hours").all<{ n: number }>();
  expect(results[0]!.n).toBe(30);
});

test("a sum that is off by one is found", async () => {
  for (const [name, spoil] of Object.entries({
    referral_links: "UPDATE referral_links SET clicks = clicks + 1 WHERE id = 2",
    link_hours_so_far: "UPDATE link_hours SET clicks_so_far = clicks_so_far + 1 WHERE link_id = 2",
    program_hours: "UPDATE program_hours SET unique_clicks = unique_clicks + 1",
    "program_dimension_days: landing_page":
      "DELETE FROM program_dimension_days WHERE dimension = 'landing_page'",
    "link_dimension_days: os": "UPDATE link_dimension_days SET clicks = clicks + 1 WHERE dimension = 'os'",
  })) {
    const copy = await tables();
    await env.DB.prepare(spoil).run();
    expect(Object.keys(await disagreements())).toContain(name);
    await restore(copy);
  }
  expect(await disagreements()).toEqual({});
});

const SUMS = [
  "referral_links",
  "link_hours",
  "program_hours",
  "link_dimension_days",
  "program_dimension_days",
];

async function tables(): Promise<Record<string, Record<string, unknown>[]>> {
  const copy: Record<string, Record<string, unknown>[]> = {};
  for (const name of SUMS) copy[name] = (await env.DB.prepare(`SELECT * FROM ${name}`).all()).results;
  return copy;
}

async function restore(copy: Record<string, Record<string, unknown>[]>): Promise<void> {
  for (const [name, rows] of Object.entries(copy)) {
    const columns = Object.keys(rows[0]!);
    await env.DB.batch([
      env.DB.prepare(`DELETE FROM ${name}`),
      env.DB.prepare(
        `INSERT INTO ${name} (${columns.join(", ")})
         SELECT ${columns.map((column) => `value ->> '${column}'`).join(", ")} FROM json_each(?)`,
      ).bind(JSON.stringify(rows)),
    ]);
  }
}

test("the upgrade makes the sums of a database from before, and recording goes on from them", async () => {
  // The two tables as 0001 made them, and what a Worker of then left in them.
  const before = `
    DROP TABLE program_hours;
    DROP TABLE program_dimension_days;
    CREATE TABLE old_hours (link_id INTEGER NOT NULL, hour INTEGER NOT NULL, clicks INTEGER NOT NULL,
      unique_clicks INTEGER NOT NULL, bot_clicks INTEGER NOT NULL, PRIMARY KEY (link_id, hour)) WITHOUT ROWID;
    INSERT INTO old_hours SELECT link_id, hour, clicks, unique_clicks, bot_clicks FROM link_hours;
    DROP TABLE link_hours;
    ALTER TABLE old_hours RENAME TO link_hours;
    CREATE TABLE old_days (link_id INTEGER NOT NULL, day INTEGER NOT NULL, dimension TEXT NOT NULL,
      value TEXT NOT NULL, clicks INTEGER NOT NULL, unique_clicks INTEGER NOT NULL,
      PRIMARY KEY (link_id, day, dimension, value)) WITHOUT ROWID;
    INSERT INTO old_days SELECT link_id, day, dimension, value, clicks, unique_clicks FROM link_dimension_days;
    DROP TABLE link_dimension_days;
    ALTER TABLE old_days RENAME TO link_dimension_days`;
  await run(before);
  await run(ROLLUPS.replace(/^\s*--.*$/gm, ""));
  expect(await disagreements()).toEqual({});
  await record(env.DB, clicks(60, "b"), OPTIONS);
  expect(await disagreements()).toEqual({});
});

async function run(script: string): Promise<void> {
  await env.DB.batch(
    script
      .split(";")
      .filter((statement) => statement.trim())
      .map((statement) => env.DB.prepare(statement)),
  );
}
