/** A year of demo data: believable, the same every time, and with sums that are those of the rows. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { adminApi } from "../../scripts/admin-api.ts";
import { openCollector } from "../../scripts/collector.ts";
import { openDataFolder } from "../../scripts/data-folder.ts";
import { seedYear } from "../../scripts/seed/seed-year.ts";
import { tempFolder } from "../support/node/temp-folder.ts";
import { DISAGREEMENTS } from "../support/sums.ts";

const ROOT = join(import.meta.dirname, "../..");
const MIGRATIONS = join(ROOT, "worker/migrations");
const NOW = Date.UTC(2026, 10, 21, 9, 30);
const NETWORKS = {
  everflow: { tracking_domain: "http://127.0.0.1:1" },
  avantlink: { base_url: "http://127.0.0.1:2" },
};

async function seeded(more: { clicks?: number; seed?: number; days?: number } = {}): Promise<DatabaseSync> {
  const database = new DatabaseSync(":memory:");
  onTestFinished(() => database.close());
  for (const name of readdirSync(MIGRATIONS).sort())
    database.exec(readFileSync(join(MIGRATIONS, name), "utf8"));
  const usual = { clicks: 6_000, links: 300, days: 365, now: NOW, seed: 1, networks: NETWORKS };
  await seedYear(database, { ...usual, ...more });
  return database;
}

function column(database: DatabaseSync, sql: string): unknown[] {
  return database
    .prepare(sql)
    .all()
    .map((row) => Object.values(row)[0]);
}

test("a seeded year has as many clicks as asked for, and every sum is that of its rows", async () => {
  const database = await seeded();
  expect(column(database, "SELECT COUNT(*) FROM affiliate_click_events")).toEqual([6_000]);
  expect(column(database, "SELECT COUNT(*) FROM referral_links WHERE kind = 'partner'")).toEqual([300]);
  for (const [name, sql] of Object.entries(DISAGREEMENTS)) {
    expect([name, database.prepare(sql).all()]).toEqual([name, []]);
  }
});

test("it has what a dashboard has to show", async () => {
  const database = await seeded();
  const [days] = column(database, "SELECT COUNT(DISTINCT at / 86400000) FROM affiliate_click_events");
  expect(days).toBe(365);
  expect(column(database, "SELECT MAX(at) FROM affiliate_click_events")[0]).toBeLessThan(NOW);
  // A click's way has all its steps: answered, kept, recorded, and only then sent.
  expect(
    column(
      database,
      `SELECT COUNT(*) FROM affiliate_click_events
       WHERE kept_at - at BETWEEN 1 AND 20 AND recorded_at - at BETWEEN 100 AND 300`,
    ),
  ).toEqual([6_000]);
  expect(
    column(
      database,
      `SELECT COUNT(*) FROM deliveries d JOIN affiliate_click_events e ON e.id = d.event_id
       WHERE d.attempts ->> '$[0].at' < e.recorded_at`,
    ),
  ).toEqual([0]);
  // In the words that deliveries are settled with.
  expect(column(database, "SELECT COUNT(*) FROM deliveries WHERE reason LIKE '{%'")).toEqual([0]);
  const several: [string, number][] = [
    ["SELECT DISTINCT country FROM affiliate_click_events", 15],
    ["SELECT DISTINCT browser FROM affiliate_click_events WHERE NOT is_bot", 5],
    ["SELECT DISTINCT device_type FROM affiliate_click_events", 4],
    ["SELECT DISTINCT referrer_host FROM affiliate_click_events", 20],
    ["SELECT DISTINCT value FROM program_dimension_days WHERE dimension = 'landing_page'", 30],
    ["SELECT DISTINCT reason FROM deliveries WHERE state = 'rejected'", 5],
    ["SELECT link_id FROM reconciliation", 50],
    ["SELECT id FROM affiliate_click_events WHERE is_bot", 200],
    ["SELECT id FROM affiliate_click_events WHERE id <> customer_id", 600],
    ["SELECT id FROM referral_links WHERE status = 'inactive'", 5],
  ];
  for (const [sql, count] of several) {
    expect([sql, column(database, sql).length >= count]).toEqual([sql, true]);
  }
  const states = column(database, "SELECT DISTINCT network || ' ' || state FROM deliveries ORDER BY 1");
  for (const network of ["everflow", "avantlink"]) {
    for (const state of ["dead", "delivered", "rejected", "withheld"])
      expect(states).toContain(`${network} ${state}`);
  }
  // What is settled was attempted, a withheld delivery never.
  expect(
    column(
      database,
      "SELECT state FROM deliveries WHERE (attempts = '[]') <> (state = 'withheld') AND state <> 'pending'",
    ),
  ).toEqual([]);
  // Later half of the year: more clicks than in the first.
  const halves = column(
    database,
    `SELECT COUNT(*) FROM affiliate_click_events GROUP BY at > ${NOW - 182.5 * 86_400_000}`,
  );
  expect(halves[1]).toBeGreaterThan((halves[0] as number) * 1.2);
});

test("deliveries of the last day wait for their next attempt, those on their way for their first", async () => {
  const database = await seeded({ clicks: 6_000, days: 1 });
  const waiting = column(
    database,
    `SELECT next_attempt_at FROM deliveries WHERE state = 'pending' AND attempts <> '[]'`,
  );
  expect(waiting.length).toBeGreaterThan(5);
  for (const at of waiting) expect(at).toBeGreaterThanOrEqual(NOW);
  expect(
    column(database, "SELECT event_id FROM deliveries WHERE state = 'pending' AND attempts = '[]'"),
  ).not.toEqual([]);
});

test("the same seed makes the same rows, another makes others", async () => {
  const rows = async (seed: number) => {
    const database = await seeded({ clicks: 500, seed });
    const of = (table: string) => database.prepare(`SELECT * FROM ${table}`).all();
    return JSON.stringify(
      ["referral_links", "affiliate_click_events", "deliveries", "reconciliation"].map(of),
    );
  };
  const first = await rows(1);
  expect((await rows(1)) === first).toBe(true);
  expect((await rows(2)) === first).toBe(false);
});

test("npm run seed fills a folder that a collector then shows, once, and not while one runs on it", async () => {
  const folder = tempFolder();
  const seed = (...more: string[]) =>
    spawnSync(
      process.execPath,
      ["scripts/seed.ts", "--clicks", "400", "--links", "30", "--days", "20", "--into", folder, ...more],
      {
        cwd: ROOT,
        encoding: "utf8",
      },
    );
  const lock = openDataFolder(folder);
  expect(seed()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("Another Clickferry is running"),
  });
  lock.close();
  expect(seed("--clicks", "many")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('--clicks is "many"'),
  });
  expect(seed()).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("Seeded 400 clicks of 20 days on 30 links"),
  });
  expect(seed()).toMatchObject({ status: 1, stderr: expect.stringContaining("has been seeded already") });

  const adminToken = "admin-token-for-tests";
  const collector = await openCollector({
    dataDir: folder,
    port: 0,
    adminToken,
    clickIdSecret: "a-secret-for-tests-of-forty-characters-00",
  });
  onTestFinished(() => collector.close());
  const api = adminApi(collector.url, adminToken);
  type Sums = { links: number; clicks: number; bot_clicks: number };
  const totals = await api.get<Sums>("/links/totals");
  expect(totals).toMatchObject({ links: 33 });
  expect(totals.clicks + totals.bot_clicks).toBe(400);
  const { data } = await api.get<{ data: { partner_name: string; clicks: number }[] }>(
    "/links?sort=-clicks&limit=1",
  );
  expect(data[0]!.partner_name).toMatch(/^[A-Z]\w+ [A-Z]\w+/);

  // They had one merchant, the demo's, and were told that no program has it.
  const programs = await api.get<{ data: { avantlink: { merchant_id: string } | null }[] }>("/programs");
  const merchants = programs.data.flatMap(({ avantlink }) => avantlink?.merchant_id ?? []);
  expect(merchants).toHaveLength(2);
  expect(new Set([...merchants, "6d1b3d5c-8d59-4c43-9d0e-7a3c1f0b2e44"]).size).toBe(3);
  for (const merchant of merchants) {
    const clicked = await fetch(`${collector.url}/merchants/${merchant}/tracking/click`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({
        tracking_ids: {
          user_id: ["u_78901"],
          visitor_id: ["vis_3f2c1a97"],
          avantlink_avad: "77_f3afbe121",
        },
        user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64)...",
        current_url: "https://store.example.com/products/widget?avad=77_f3afbe121",
      }),
    });
    expect([clicked.status, await clicked.json()]).toEqual([200, { success: true }]);
  }
});
