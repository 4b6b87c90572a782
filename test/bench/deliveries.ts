/**
 * `npm run bench:delivery`: 50,000 clicks, each owed to both networks, against healthy sandboxes over real sockets.
 * How fast they get there, what it takes of memory and of D1, and whether every count agrees. Prints a Markdown
 * table; exits 1 only when counts disagree.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { adminApi } from "../../scripts/admin-api.ts";
import { type Collector, openCollector } from "../../scripts/collector.ts";
import { processesNamed } from "../../scripts/processes.ts";
import { openSandboxes, type Sandboxes } from "../../scripts/sandbox/sandboxes.ts";
import { seedDemo } from "../../scripts/seed-demo.ts";
import { workerdName } from "../../scripts/workerd-name.ts";
import { posted, runLoad } from "./run-load.ts";

const CLICKS = Number(process.env.BENCH_CLICKS ?? 50_000);
const CONNECTIONS = 64;
/** Before them, one after the other: they warm the Worker up, and tell how long a click is on its way without a queue. */
const ONE_BY_ONE = 300;
const DELIVERED_MS = 900_000;
const LOOK_EVERY_MS = 200;
const NETWORKS = ["everflow", "avantlink"] as const;
const secrets = {
  adminToken: "a-token-for-the-bench",
  clickIdSecret: "a-secret-for-the-bench-of-forty-characters",
};

type Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;

async function bench(dataDir: string): Promise<void> {
  const sandboxes = await openSandboxes();
  const collector = await openCollector({
    dataDir,
    port: 0,
    ...secrets,
    bindings: { INTAKE_SHARDS: "1", ALLOW_LOOPBACK_NETWORKS: "1", ...sandboxes.secrets },
  });
  try {
    const api = adminApi(collector.url, secrets.adminToken);
    const { programId, links } = await seedDemo(api, "http://shop.localhost", sandboxes);
    const db = await collector.mf.getD1Database("DB");
    const sent = { ...posted(bodies(links)), connections: 1, requests: ONE_BY_ONE };
    await runLoad(collector.url, sent);
    await delivered(db, ONE_BY_ONE);
    const onItsWay = await timesOnTheWay(db);

    const workerd = processesNamed(workerdName(dataDir))[0]!;
    const processor_ms = processorMs(workerd);
    const begin = performance.now();
    const load = await runLoad(collector.url, { ...sent, connections: CONNECTIONS, requests: CLICKS });
    await delivered(db, ONE_BY_ONE + CLICKS);
    await report({
      collector,
      sandboxes,
      db,
      programId,
      onItsWay,
      answered_s: load.seconds,
      delivered_s: (performance.now() - begin) / 1000,
      processor_ms: processorMs(workerd) - processor_ms,
      peak_mb: peakMb(workerd),
    });
  } finally {
    await collector.close();
    await sandboxes.close();
  }
}

/** A landing from a partner's link that came by AvantLink's redirect: both networks are owed it. */
function bodies(links: { url: string }[]): string[] {
  return links.map(({ url }) =>
    JSON.stringify({
      affiliate_url: `${url}&gclid=EAIaIQobChMI8fqX`,
      page_url: url.replace(/\?.*/, ""),
      page_title: "Northpine Outfitters",
      referrer_url: "https://blog.example.com/post",
      session_id: "sess_abc123",
      screen_resolution: "1920x1080",
      viewport_size: "1280x800",
      language: "en-US",
      timezone: "America/New_York",
    }),
  );
}

async function delivered(db: Database, clicks: number): Promise<void> {
  const deadline = performance.now() + DELIVERED_MS;
  while (performance.now() < deadline) {
    // Two cheap reads; to count what is delivered would cost the measured database as much as to deliver it.
    const counted = await db.prepare("SELECT SUM(clicks) AS n FROM referral_links").first<number>("n");
    const waiting = await db.prepare("SELECT 1 FROM deliveries WHERE state = 'pending' LIMIT 1").first();
    if (!waiting && counted === clicks) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`Not all is delivered after ${DELIVERED_MS / 60_000} minutes`);
}

/** From the click's arrival to the network's answer, ms, ascending. */
async function timesOnTheWay(db: Database): Promise<number[]> {
  const { results } = await db
    .prepare(
      `SELECT (d.attempts -> 0 ->> 'at') + (d.attempts -> 0 ->> 'duration_ms') - e.at AS ms
       FROM deliveries d JOIN affiliate_click_events e ON e.id = d.event_id ORDER BY ms`,
    )
    .all<{ ms: number }>();
  return results.map(({ ms }) => ms);
}

interface Measured {
  collector: Collector;
  sandboxes: Sandboxes;
  db: Database;
  programId: number;
  onItsWay: number[];
  /** Both from the first click on. */
  answered_s: number;
  delivered_s: number;
  processor_ms: number;
  peak_mb: number;
}

async function report({ collector, sandboxes, db, programId, onItsWay, ...took }: Measured): Promise<void> {
  const counts = await countAll(db, sandboxes);
  const agree = Object.values(counts).every((count) => count === ONE_BY_ONE + CLICKS);
  const cost = await costs(collector.mf, programId);
  const insert_rows = await insertRows(db);
  const settle_rows = cost.d1_rows / cost.settled;
  const whole = (n: number) => Math.round(n).toLocaleString("en");
  const percentile = (p: number) => whole(onItsWay[Math.floor(onItsWay.length * p)]!);
  console.log(`
${cpus().length} cores (${cpus()[0]!.model.trim()}), Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}; ${whole(CLICKS)} clicks over ${CONNECTIONS} connections, two networks, one courier for each

| figure | value |
| --- | ---: |
| clicks answered | ${whole(CLICKS / took.answered_s)}/s, while deliveries go on |
| deliveries, from the first click to the last answer of a network | ${whole((CLICKS * NETWORKS.length) / took.delivered_s)}/s |
| the last delivery, after the last click | ${(took.delivered_s - took.answered_s).toFixed(1)} s |
| a click on its way to a network, one by one, p50 and p99 | ${percentile(0.5)} ms, ${percentile(0.99)} ms |
| processor time of workerd for each click, both deliveries included | ${(took.processor_ms / CLICKS).toFixed(2)} ms |
| peak memory of workerd | ${whole(took.peak_mb)} MB |
| D1 rows written for each delivery | ${(insert_rows + settle_rows).toFixed(2)}: ${insert_rows.toFixed(2)} when it is owed, ${settle_rows.toFixed(2)} when it is settled |
| Durable Object rows written for each delivery | ${(cost.object_rows / cost.settled).toFixed(2)} |
| answered = recorded = delivered = received = received once, at both | ${agree ? `${whole(ONE_BY_ONE + CLICKS)}, exactly` : `NO: ${JSON.stringify(counts)}`} |
`);
  if (!agree) process.exitCode = 1;
}

/** All of them are to be the number of clicks that were answered. */
async function countAll(db: Database, sandboxes: Sandboxes): Promise<Record<string, number>> {
  const counts = await db
    .prepare(
      `SELECT (SELECT COUNT(*) FROM affiliate_click_events) AS recorded,
        (SELECT COUNT(*) FROM deliveries WHERE network = 'everflow' AND state = 'delivered' AND reference IS NOT NULL) AS everflow,
        (SELECT COUNT(*) FROM deliveries WHERE network = 'avantlink' AND state = 'delivered') AS avantlink`,
    )
    .first<Record<string, number>>();
  for (const name of NETWORKS) {
    const { requests, clicks, distinct } = sandboxes[name].counts;
    Object.assign(counts!, {
      [`${name} requests`]: requests,
      [`${name} clicks`]: clicks,
      [`${name} distinct`]: distinct,
    });
  }
  return counts!;
}

/** NaN where there is no /proc. The kernel counts in hundredths of a second. */
function processorMs(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The kernel's own high-water mark, so there is no peak between two looks. NaN where there is no /proc. */
function peakMb(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Number(kib) / 1024;
}

async function costs(mf: Miniflare, programId: number) {
  const couriers = await mf.getDurableObjectNamespace("COURIER");
  const sum = { settled: 0, d1_rows: 0, object_rows: 0 };
  for (const name of NETWORKS) {
    const stub = couriers.get(couriers.idFromName(`${programId}:${name}:0`)) as unknown as {
      cost(): Promise<typeof sum>;
    };
    const cost = await stub.cost();
    sum.settled += cost.settled;
    sum.d1_rows += cost.d1_rows;
    sum.object_rows += cost.object_rows;
  }
  return sum;
}

/** The Intake counts all rows of a batch together; what an owed delivery is of them, copies of some tell. */
async function insertRows(db: Database): Promise<number> {
  const copies = 1_000;
  const { meta } = await db
    .prepare(
      `INSERT INTO deliveries SELECT 'copy' || event_id, network, program_id, 'pending', NULL, NULL, lane, '[]', next_attempt_at + 1e15, give_up_at, NULL, NULL
       FROM deliveries LIMIT ?`,
    )
    .bind(copies)
    .run();
  await db.prepare("DELETE FROM deliveries WHERE event_id LIKE 'copy%'").run();
  return meta.rows_written / copies;
}

const folder = mkdtempSync(join(tmpdir(), "clickferry-bench-"));
try {
  await bench(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
