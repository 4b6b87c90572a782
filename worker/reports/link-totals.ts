/** GET /links/totals: what the links of a list come to together, and what they came to before. */

import { Hono } from "hono";
import type { z } from "zod";
import type { AdminEnv } from "./context.ts";
import { hoursOf, previousPeriod } from "./hours.ts";
import { linkFilter } from "./link-filter.ts";
import { query } from "./query.ts";
import { type LinkTotals, LinkTotalsQuery } from "./schemas/link.ts";
import type { Counts } from "./so-far.ts";
import { prepare, type Sql, sql } from "./sql.ts";

type Given = z.output<typeof LinkTotalsQuery>;
type Answer = z.output<typeof LinkTotals>;

export const linkTotals = new Hono<AdminEnv>().get("/links/totals", query(LinkTotalsQuery), async (c) =>
  c.json(await totals(c.env.DB, c.req.valid("query"))),
);

async function totals(db: D1Database, given: Given): Promise<Answer> {
  const allTime = prepare(db, selectAllTime(given));
  if (given.from === undefined && given.to === undefined) {
    return (await allTime.all<Answer>()).results[0]!;
  }
  const hours = hoursOf(given);
  const before =
    given.compare && given.from !== undefined && given.to !== undefined
      ? hoursOf(previousPeriod({ from: given.from, to: given.to }))
      : undefined;
  // One batch is one transaction: what is recorded between two of these is in both or in neither.
  const starts = [hours.to, hours.from, ...(before ? [before.from] : [])];
  const [all, end, start, earlier] = await db.batch<Answer>([
    allTime,
    ...starts.map((hour) => prepare(db, selectSoFar(given, hour))),
  ]);
  const { links } = all!.results[0]!;
  const period = { links, ...difference(end!.results[0]!, start!.results[0]!) };
  return before ? { ...period, previous: difference(start!.results[0]!, earlier!.results[0]!) } : period;
}

function difference(end: Counts, start: Counts): Counts {
  return {
    clicks: end.clicks - start.clicks,
    unique_clicks: end.unique_clicks - start.unique_clicks,
    bot_clicks: end.bot_clicks - start.bot_clicks,
  };
}

function selectAllTime(given: Given): Sql {
  return sql`SELECT COUNT(*) AS links, COALESCE(SUM(l.clicks), 0) AS clicks,
      COALESCE(SUM(l.unique_clicks), 0) AS unique_clicks, COALESCE(SUM(l.bot_clicks), 0) AS bot_clicks
    FROM referral_links l LEFT JOIN partners p ON p.id = l.partner_id WHERE ${linkFilter(given)}`;
}

/** All three counters from one row of each link, which soFar() would seek three times. */
function selectSoFar(given: Given, hour: number): Sql {
  return sql`SELECT COALESCE(SUM(h.clicks_so_far), 0) AS clicks, COALESCE(SUM(h.unique_clicks_so_far), 0) AS unique_clicks,
      COALESCE(SUM(h.bot_clicks_so_far), 0) AS bot_clicks
    FROM referral_links l LEFT JOIN partners p ON p.id = l.partner_id
      CROSS JOIN link_hours h ON h.link_id = l.id
        AND h.hour = (SELECT MAX(hour) FROM link_hours WHERE link_id = l.id AND hour < ${hour})
    WHERE ${linkFilter(given)}`;
}
