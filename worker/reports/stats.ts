/** GET /stats: clicks over time, from the hourly sums. */

import { Hono } from "hono";
import { type Bucket, bucketStarts, fillBuckets, type HourRow } from "./buckets.ts";
import type { AdminEnv } from "./context.ts";
import { type CsvColumns, isoTime } from "./csv.ts";
import { hoursOf } from "./hours.ts";
import { csvAnswer } from "./list.ts";
import { query } from "./query.ts";
import { refuse } from "./refusal.ts";
import { StatsQuery } from "./schemas/stats.ts";
import { prepare, sql } from "./sql.ts";
import { sums } from "./sums.ts";

const LENGTH_MS = { hour: 3_600_000, day: 86_400_000 };
/** What a period without a beginning covers: two days of hours, thirty days. */
const USUAL_BUCKETS = { hour: 48, day: 30 };
const MAX_BUCKETS = 10_000;

export const stats = new Hono<AdminEnv>().get("/stats", query(StatsQuery), async (c) => {
  const { interval, timezone, format, ...given } = c.req.valid("query");
  const to = given.to ?? Math.max(Date.now(), given.from ?? 0);
  const from = given.from ?? Math.max(0, to - USUAL_BUCKETS[interval] * LENGTH_MS[interval]);
  if ((to - from) / LENGTH_MS[interval] > MAX_BUCKETS) {
    const error = `from must not be more than ${MAX_BUCKETS} ${interval}s before to`;
    return refuse(c, { kind: "invalid", field: "from", error });
  }
  const hours = hoursOf({ from, to });
  const inPeriod = sql`h.hour >= ${hours.from} AND h.hour < ${hours.to}`;
  const { results } = await prepare(
    c.env.DB,
    sql`SELECT h.hour, SUM(h.clicks) AS clicks, SUM(h.unique_clicks) AS unique_clicks, SUM(h.bot_clicks) AS bot_clicks
      FROM ${sums("hours", given, inPeriod)} GROUP BY h.hour ORDER BY h.hour`,
  ).all<HourRow>();
  const data = fillBuckets(bucketStarts(interval, { from, to, timezone }), results);
  if (format === "csv") return csvAnswer(c, COLUMNS, data);
  return c.json({ interval, timezone, from, to, totals: totals(data), data });
});

function totals(data: Bucket[]): Omit<Bucket, "t"> {
  const sum = { clicks: 0, unique_clicks: 0, bot_clicks: 0 };
  for (const { clicks, unique_clicks, bot_clicks } of data) {
    sum.clicks += clicks;
    sum.unique_clicks += unique_clicks;
    sum.bot_clicks += bot_clicks;
  }
  return sum;
}

const COLUMNS: CsvColumns<Bucket> = {
  t: ({ t }) => isoTime(t),
  clicks: ({ clicks }) => clicks,
  unique_clicks: ({ unique_clicks }) => unique_clicks,
  bot_clicks: ({ bot_clicks }) => bot_clicks,
};
