/** GET /breakdown: human clicks by country, device, browser, OS, referrer or landing page. */

import { Hono } from "hono";
import type { z } from "zod";
import { redactEmails } from "../networks/email.ts";
import type { AdminEnv } from "./context.ts";
import { countParts, type Part, type Parts } from "./count-parts.ts";
import type { CsvColumns } from "./csv.ts";
import { csvAnswer } from "./list.ts";
import { ownPartner } from "./partner-access.ts";
import { query } from "./query.ts";
import { BreakdownQuery } from "./schemas/stats.ts";
import { prepare, sql } from "./sql.ts";
import { sums } from "./sums.ts";

const DAY_MS = 86_400_000;
/** Later than any day that is counted. */
const NEVER = Number.MAX_SAFE_INTEGER;

interface Totals {
  total_values: number;
  total_clicks: number;
  total_unique_clicks: number;
}

export const breakdown = new Hono<AdminEnv>().get("/breakdown", query(BreakdownQuery), async (c) => {
  const { format, ...given } = c.req.valid("query");
  const parts = (await countParts(c.env.DB, given, Date.now())) ?? (await sumDays(c.env.DB, given));
  const forPartner = ownPartner(c) !== undefined;
  const data = parts.data.map((part) => (forPartner ? { ...part, value: redactEmails(part.value) } : part));
  return format === "csv" ? csvAnswer(c, COLUMNS, data) : c.json({ by: given.by, ...parts, data });
});

/** From the sums by UTC day. A day that the period touches counts as a whole. */
async function sumDays(
  db: D1Database,
  { by, limit, from, to, ...given }: Omit<z.output<typeof BreakdownQuery>, "format">,
): Promise<Parts> {
  const first = from === undefined ? undefined : Math.floor(from / DAY_MS);
  const end = to === undefined ? undefined : from === to ? first : Math.ceil(to / DAY_MS);
  const inPeriod = sql`d.dimension = ${by} AND d.day >= ${first ?? 0} AND d.day < ${end ?? NEVER}`;
  const { results } = await prepare(
    db,
    sql`WITH parts AS (
      SELECT d.value, SUM(d.clicks) AS clicks, SUM(d.unique_clicks) AS unique_clicks
      FROM ${sums("dimension_days", given, inPeriod)} GROUP BY d.value
    )
    SELECT *, COUNT(*) OVER () AS total_values, SUM(clicks) OVER () AS total_clicks,
      SUM(unique_clicks) OVER () AS total_unique_clicks
    FROM parts ORDER BY clicks DESC, value LIMIT ${limit}`,
  ).all<Part & Totals>();
  const [totals] = results;
  return {
    from: first === undefined ? null : first * DAY_MS,
    to: end === undefined ? null : end * DAY_MS,
    totals: {
      values: totals?.total_values ?? 0,
      clicks: totals?.total_clicks ?? 0,
      unique_clicks: totals?.total_unique_clicks ?? 0,
    },
    data: results.map(({ value, clicks, unique_clicks }) => ({ value, clicks, unique_clicks })),
  };
}

const COLUMNS: CsvColumns<Part> = {
  value: ({ value }) => value,
  clicks: ({ clicks }) => clicks,
  unique_clicks: ({ unique_clicks }) => unique_clicks,
};
