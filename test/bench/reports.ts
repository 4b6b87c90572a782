/**
 * `npm run bench:reports`: the click report over real sockets, at 10 thousand, 100 thousand and 1 million clicks.
 * Prints a Markdown table; exits 1 when a request of fourteen days with three filters takes 500 ms or more.
 */

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { type Collector, openCollector } from "../../scripts/collector.ts";
import { type Filling, fillClicks, seedPartners } from "./fill-clicks.ts";

const DAY_SECONDS = 86_400;
const LIMIT_MS = 500;
const ROUNDS = 5;
/** The fourteen days that are asked for, and 90 that end with them: what is kept. */
const TO = Date.UTC(2026, 5, 1) / 1000;
const FROM = TO - 14 * DAY_SECONDS;

/** Ninety days of ten partners; and the worst there is: all clicks one partner's, in the very days asked for. */
const SPREADS = {
  "ten partners, 90 days": { from: TO - 90 * DAY_SECONDS, partners: 10, links_per_partner: 10 },
  "one partner, 14 days": { from: FROM, partners: 1, links_per_partner: 10 },
};

const FILTERS = {
  "three filters, many match": [
    ["country", "United States"],
    ["country", "Canada"],
    ["device_type", "PC"],
    ["s1", "internal"],
  ],
  "three filters, few match": [
    ["country", "Canada"],
    ["device_type", "Mobile"],
    ["s2", "ad-17"],
  ],
  "three filters, none matches": [
    ["country", "Japan"],
    ["device_type", "Tablet"],
    ["s1", "nowhere"],
  ],
  "no filter": [],
} satisfies Record<string, [string, string][]>;

interface Measured {
  best_ms: number;
  median_ms: number;
  rows: number;
  rows_read: number;
}

async function bench(): Promise<void> {
  console.log(`
${cpus().length} cores (${cpus()[0]!.model.trim()}), Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}; a request of 14 days, ${ROUNDS} rounds each, the whole answer read

| clicks | of | request | best ms | median ms | rows | D1 rows read |
| ---: | --- | --- | ---: | ---: | ---: | ---: |`);
  for (const [spread, filling] of Object.entries(SPREADS)) {
    for (const clicks of [10_000, 100_000, 1_000_000]) {
      const collector = await openCollector({
        dataDir: join(dataDir, `${filling.partners}-${clicks}`),
        port: 0,
        adminToken: "a-token-for-the-bench",
        clickIdSecret: "a-secret-for-the-bench-of-forty-characters",
        // However long ago TO is.
        bindings: { RETENTION_DAYS: "0" },
      });
      try {
        await fill(collector, { ...filling, clicks, to: TO });
        for (const [name, filters] of Object.entries(FILTERS)) {
          const { best_ms, median_ms, rows, rows_read } = await measure(collector, filters);
          const slow = name.startsWith("three") && best_ms >= LIMIT_MS;
          if (slow) process.exitCode = 1;
          const figures = [best_ms, median_ms].map((ms) => Math.round(ms).toLocaleString("en"));
          console.log(
            `| ${clicks.toLocaleString("en")} | ${spread} | ${name} | ${slow ? `**${figures[0]}**` : figures[0]} | ${figures[1]} | ${rows.toLocaleString("en")} | ${rows_read.toLocaleString("en")} |`,
          );
        }
      } finally {
        await collector.close();
      }
    }
  }
}

async function fill({ mf }: Collector, filling: Filling): Promise<void> {
  const db = await mf.getD1Database("DB");
  await seedPartners(db, filling, async (partner) =>
    createHash("sha256").update(`key-${partner}`).digest("hex"),
  );
  await fillClicks(db, filling);
}

async function measure({ url }: Collector, filters: [string, string][]): Promise<Measured> {
  const wall = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
  const body = JSON.stringify({
    from: wall(FROM),
    to: wall(TO),
    timezone_id: 67,
    query: {
      filters: filters.map(([resource_type, filter_id_value]) => ({ resource_type, filter_id_value })),
    },
  });
  const times: number[] = [];
  let rows = 0;
  let rows_read = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const begin = performance.now();
    const response = await fetch(`${url}/v1/affiliates/reporting/clicks/stream`, {
      method: "POST",
      headers: { "X-Eflow-API-Key": "key-1" },
      body,
    });
    const text = await response.text();
    times.push(performance.now() - begin);
    if (response.status !== 200) throw new Error(`${response.status}: ${text.slice(0, 200)}`);
    rows = (JSON.parse(text) as { clicks: unknown[] }).clicks.length;
    rows_read = Number(response.headers.get("X-Rows-Read"));
  }
  times.sort((a, b) => a - b);
  return { best_ms: times[0]!, median_ms: times[Math.floor(ROUNDS / 2)]!, rows, rows_read };
}

const dataDir = mkdtempSync(join(tmpdir(), "clickferry-bench-"));
try {
  await bench();
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
