/**
 * `npm run bench:dashboard`: every API call of the dashboard over real sockets, on a seeded year of 10 thousand, 100
 * thousand and 1 million clicks on 10,000 links. Prints a Markdown table; exits 1 when p95 is 150 ms or more at a
 * million. `-- --on <folder>` measures a folder that is seeded already.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Collector, openCollector } from "../../scripts/collector.ts";
import { openDatabase } from "../../scripts/seed/open-database.ts";
import { seedYear } from "../../scripts/seed/seed-year.ts";
import { dashboardCalls, type Sample } from "./dashboard-calls.ts";

const SIZES = [10_000, 100_000, 1_000_000];
const LINKS = 10_000;
const TIMES = 30;
const LIMIT_MS = 150;
const TOKEN = "a-token-for-the-bench";

interface Measured {
  p50_ms: number;
  p95_ms: number;
  rows_read: number;
}

/** Column title → call → figures. */
const columns = new Map<string, Map<string, Measured>>();

async function bench(): Promise<void> {
  const { values } = parseArgs({ options: { on: { type: "string" } } });
  if (values.on) await measureFolder(values.on, "seeded");
  else {
    for (const clicks of SIZES) {
      const folder = join(dataDir, String(clicks));
      await fill(folder, clicks);
      await measureFolder(folder, clicks.toLocaleString("en"));
      rmSync(folder, { recursive: true, force: true });
    }
  }
  report();
}

async function fill(folder: string, clicks: number): Promise<void> {
  const database = await openDatabase(folder);
  try {
    // Nobody is there, and nobody is asked: networks on this machine are not allowed.
    const everflow = { tracking_domain: "http://127.0.0.1:9", advertiser_id: 1 };
    const avantlink = { merchant_id: "6d1b3d5c-8d59-4c43-9d0e-7a3c1f0b2e44", base_url: "http://127.0.0.1:9" };
    const networks = { everflow, avantlink };
    await seedYear(database, { clicks, links: LINKS, days: 365, now: Date.now(), seed: 1, networks });
  } finally {
    database.close();
  }
}

async function measureFolder(folder: string, title: string): Promise<void> {
  const collector = await openCollector({
    dataDir: folder,
    port: 0,
    adminToken: TOKEN,
    clickIdSecret: "a-secret-for-the-bench-of-forty-characters",
    entry: "test/bench/workers/metered.ts",
    // All of the year is measured.
    bindings: { RETENTION_DAYS: "0" },
  });
  const figures = new Map<string, Measured>();
  columns.set(title, figures);
  try {
    const calls = Object.entries(dashboardCalls(await sample(collector)));
    for (const [name, path] of calls) {
      figures.set(name, await measure(collector, path));
      if (process.stderr.isTTY) process.stderr.write(`\r${title}: ${figures.size} of ${calls.length}`);
    }
  } finally {
    await collector.close();
  }
}

async function sample(collector: Collector): Promise<Sample> {
  const get = async <T>(path: string) => (await call(collector, path)).body as T;
  const first = async <T>(path: string) => (await get<{ data: T[] }>(path)).data[0]!;
  type Link = { id: number; program_id: number; partner_id: number };
  const { data: links } = await get<{ data: Link[] }>("/links?sort=-clicks&limit=100");
  const click = await first<{ at: number; click_id: string }>(`/clicks?limit=1&link_id=${links[0]!.id}`);
  const delivery = await first<{ id: string }>("/deliveries?limit=1&state=rejected");
  const newest = await first<{ at: number }>("/clicks?limit=1");
  return {
    now: newest.at + 1,
    program: links[0]!.program_id,
    partner: links[0]!.partner_id,
    link: links[0]!.id,
    links: links.map(({ id }) => id),
    click_id: click.click_id,
    delivery_id: delivery.id,
  };
}

async function measure(collector: Collector, path: string): Promise<Measured> {
  const times: number[] = [];
  let rows_read = 0;
  for (let i = 0; i < TIMES; i++) {
    const begin = performance.now();
    rows_read = (await call(collector, path)).rows_read;
    times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.ceil(part * TIMES) - 1]!;
  return { p50_ms: at(0.5), p95_ms: at(0.95), rows_read };
}

async function call({ url }: Collector, path: string): Promise<{ body: unknown; rows_read: number }> {
  const headers = { Authorization: `Bearer ${TOKEN}` };
  const response = await fetch(`${url}/api/admin${path}`, { headers });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text.slice(0, 200)}`);
  return { body: JSON.parse(text), rows_read: Number(response.headers.get("X-Rows-Read")) };
}

function report(): void {
  const titles = [...columns.keys()];
  const last = columns.get(titles.at(-1)!)!;
  const whole = (n: number) => Math.round(n).toLocaleString("en");
  console.log(`
${cpus().length} cores (${cpus()[0]!.model.trim()}), Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}; ${TIMES} times each, one after the other, the whole answer read: p50 ms / p95 ms / D1 rows read

| call | ${titles.map((title) => `${title} clicks`).join(" | ")} |
| --- |${" ---: |".repeat(titles.length)}`);
  for (const name of last.keys()) {
    const cells = titles.map((title) => {
      const { p50_ms, p95_ms, rows_read } = columns.get(title)!.get(name)!;
      const p95 = p95_ms >= LIMIT_MS ? `**${whole(p95_ms)}**` : whole(p95_ms);
      return `${whole(p50_ms)} / ${p95} / ${whole(rows_read)}`;
    });
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
  const slow = [...last].filter(([, { p95_ms }]) => p95_ms >= LIMIT_MS).map(([name]) => name);
  if (slow.length > 0) {
    console.error(`\np95 of ${LIMIT_MS} ms or more: ${slow.join("; ")}`);
    process.exitCode = 1;
  }
}

const dataDir = mkdtempSync(join(tmpdir(), "clickferry-bench-"));
try {
  await bench();
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
