/** GET /links/sparklines: human clicks of some links by day. */

import { Hono } from "hono";
import type { AdminEnv } from "./context.ts";
import { hoursOf } from "./hours.ts";
import { query } from "./query.ts";
import { SparklineQuery } from "./schemas/link.ts";
import { linksInScope } from "./scope.ts";
import { soFar } from "./so-far.ts";
import { prepare, raw, sql } from "./sql.ts";
import { dayStarts } from "./zone.ts";

const DAY_MS = 86_400_000;

export const linkSparklines = new Hono<AdminEnv>().get(
  "/links/sparklines",
  query(SparklineQuery),
  async (c) => {
    const { ids, days, timezone, to = Date.now(), ...scope } = c.req.valid("query");
    // A day more than asked for: one may be 25 hours long.
    const starts = dayStarts(Math.max(0, to - (days + 1) * DAY_MS), Math.max(1, to), timezone).slice(
      -(days + 1),
    );
    const hours = starts.map((start) => hoursOf({ to: Math.min(start, to) }).to);
    const { results } = await prepare(
      c.env.DB,
      sql`SELECT l.id AS link_id, (
          SELECT json_group_array(${soFar("clicks", raw("day.value"))} ORDER BY day.key) FROM json_each(${JSON.stringify(hours)}) day
        ) AS so_far
        FROM json_each(${JSON.stringify(ids)}) asked CROSS JOIN referral_links l ON l.id = asked.value
        WHERE ${linksInScope(scope)} ORDER BY asked.key`,
    ).all<{ link_id: number; so_far: string }>();
    return c.json({
      days: starts.slice(0, -1),
      data: results.map(({ link_id, so_far }) => ({ link_id, clicks: differences(JSON.parse(so_far)) })),
    });
  },
);

function differences(soFar: number[]): number[] {
  return soFar.slice(1).map((count, i) => count - soFar[i]!);
}
