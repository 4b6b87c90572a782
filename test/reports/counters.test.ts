/** Programs and partners are listed with their clicks, as links are. */
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { call, callWith, SHOP } from "./support/call.ts";
import { metered } from "./support/metered.ts";
import { insert } from "./support/rows.ts";

const NOON = Date.UTC(2026, 4, 5, 12);
const SUMS = { clicks: 11, unique_clicks: 7, bot_clicks: 3, last_clicked: NOON };
const NONE = { clicks: 0, unique_clicks: 0, bot_clicks: 0, last_clicked: null };

let program: number;
let quiet: number;
let partner: number;
let idle: number;

beforeAll(async () => {
  const made = async (path: string, body: object) => (await call("POST", path, body)).body.id as number;
  program = await made("/programs", SHOP);
  quiet = await made("/programs", SHOP);
  partner = await made("/partners", { name: "Busy" });
  idle = await made("/partners", { name: "Idle" });
  const times = { created_at: 0, updated_at: 0 };
  const link = { program_id: program, partner_id: partner, destination_url: SHOP.landing_url, ...times };
  const parts = [
    { clicks: 10, unique_clicks: 6, bot_clicks: 1, last_clicked: NOON },
    { clicks: 1, unique_clicks: 1, bot_clicks: 2, last_clicked: NOON - 1 },
  ];
  for (const [i, part] of parts.entries()) {
    await insert("referral_links", { ...link, code: `C${i}`, ...part });
    await insert("partner_program_metrics", {
      program_id: i ? quiet : program,
      partner_id: partner,
      ...part,
    });
  }
  // What a page of one must not read through.
  await env.DB.prepare(
    `INSERT INTO partner_program_metrics (program_id, partner_id, clicks, unique_clicks, bot_clicks)
     SELECT value, 100000 + value, 1, 1, 0 FROM json_each(?)`,
  )
    .bind(JSON.stringify(Array.from({ length: 500 }, (_, i) => 1000 + i)))
    .run();
  await env.DB.prepare(
    `INSERT INTO referral_links (code, program_id, partner_id, destination_url, created_at, updated_at)
     SELECT 'many' || value, 99999, 99999, '', 0, 0 FROM json_each(?)`,
  )
    .bind(JSON.stringify(Array.from({ length: 500 }, (_, i) => i)))
    .run();
});

test("a program carries the sums of its links, alone and in the list", async () => {
  expect((await call("GET", `/programs/${program}`)).body).toMatchObject(SUMS);
  expect((await call("GET", `/programs/${quiet}`)).body).toMatchObject(NONE);
  const { data } = (await call("GET", "/programs")).body;
  expect(data).toMatchObject([
    { id: program, ...SUMS },
    { id: quiet, ...NONE },
  ]);
  expect((await call("PATCH", `/programs/${program}`, { name: "Renamed" })).body).toMatchObject(SUMS);
});

test("a partner carries the sums of its programs, alone and in the list", async () => {
  expect((await call("GET", `/partners/${partner}`)).body).toMatchObject(SUMS);
  expect((await call("GET", `/partners/${idle}`)).body).toMatchObject(NONE);
  const { data } = (await call("GET", "/partners")).body;
  expect(data).toMatchObject([
    { id: partner, ...SUMS },
    { id: idle, ...NONE },
  ]);
  expect((await call("PATCH", `/partners/${partner}`, { name: "Renamed" })).body).toMatchObject(SUMS);
  expect((await call("POST", `/partners/${partner}/rotate-key`)).body).toMatchObject(SUMS);
});

test.each(["/programs", "/partners"])("%s has the counters as CSV too", async (path) => {
  const { text } = await call("GET", `${path}?format=csv`);
  const [header, busy, other] = text.split("\r\n");
  expect(header).toContain(",clicks,unique_clicks,bot_clicks,last_clicked,");
  expect(busy).toContain(",11,7,3,2026-05-05T12:00:00.000Z,");
  expect(other).toContain(",0,0,0,,");
});

test.each(["/programs", "/partners"])("%s reads the counters of its page and no others", async (path) => {
  const { db, read } = metered(env.DB);
  const { status } = await callWith({ DB: db }, "GET", `${path}?limit=1`);
  expect(status).toBe(200);
  expect(read()).toBeLessThan(50);
});
