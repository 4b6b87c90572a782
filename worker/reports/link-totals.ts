/** GET /links/totals: what the links of a list come to together, and what they came to before. */

import { Hono } from "hono";
import type { z } from "zod";
import type { AdminEnv } from "./context.ts";
import { type Hours, hoursOf, previousPeriod } from "./hours.ts";
import { linkFilter } from "./link-filter.ts";
import { query } from "./query.ts";
import { type LinkTotals, LinkTotalsQuery } from "./schemas/link.ts";
import { linksInScope } from "./scope.ts";
import { COUNTERS, type Counter, type Counts } from "./so-far.ts";
import { joined, prepare, raw, type Sql, sql } from "./sql.ts";
import { programSums } from "./sums.ts";

type Given = z.output<typeof LinkTotalsQuery>;
type Answer = z.output<typeof LinkTotals>;

export const linkTotals = new Hono<AdminEnv>().get("/links/totals", query(LinkTotalsQuery), async (c) =>
  c.json(await totals(c.env.DB, c.req.valid("query"), Date.now())),
);

async function totals(db: D1Database, given: Given, now: number): Promise<Answer> {
  const { from, to } = given;
  if (from === undefined && to === undefined) return (await one<Answer>(db, selectAllTime(given)))!;
  const before =
    given.compare && from !== undefined && to !== undefined ? previousPeriod({ from, to }, now) : undefined;
  const periods = { now: hoursOf(given), ...(before && { before: hoursOf(before) }) };
  const whole = given.partner_id === undefined && given.status === undefined && !given.q;
  const row = (await one<Row>(db, (whole ? selectOfPrograms : selectOfLinks)(given, periods)))!;
  const counts = (period: "now" | "before"): Counts => ({
    clicks: row[`${period}_clicks`]!,
    unique_clicks: row[`${period}_unique_clicks`]!,
    bot_clicks: row[`${period}_bot_clicks`]!,
  });
  return { links: row.links!, ...counts("now"), ...(before && { previous: counts("before") }) };
}

type Row = Record<string, number>;

interface Periods {
  now: Hours;
  before?: Hours;
}

async function one<T>(db: D1Database, select: Sql): Promise<T | undefined> {
  return (await prepare(db, select).all<T>()).results[0];
}

function selectAllTime(given: Given): Sql {
  const sums = COUNTERS.map((name) => `COALESCE(SUM(l.${name}), 0) AS ${name}`);
  return sql`SELECT COUNT(*) AS links, ${raw(sums.join(", "))}
    FROM referral_links l LEFT JOIN partners p ON p.id = l.partner_id WHERE ${linkFilter(given)}`;
}

/** All links of a program, or of all: from the program's own hours. */
function selectOfPrograms(given: Given, periods: Periods): Sql {
  const hours = Object.values(periods) as Hours[];
  const sums = eachCounter(periods, (period, name) => {
    const { from, to } = periods[period]!;
    return sql`SUM(h.${raw(name)}) FILTER (WHERE h.hour >= ${from} AND h.hour < ${to})`;
  });
  const first = Math.min(...hours.map(({ from }) => from));
  const end = Math.max(...hours.map(({ to }) => to));
  const inPeriods = sql`h.hour >= ${first} AND h.hour < ${end}`;
  return sql`SELECT (SELECT COUNT(*) FROM referral_links l WHERE ${linksInScope(given)}) AS links, ${sums}
    FROM ${programSums("hours", given, inPeriods)}`;
}

/** Of each link a row for each end of a period, with all three counters: soFar() would seek it three times. */
function selectOfLinks(given: Given, periods: Periods): Sql {
  const ends = [...new Set((Object.values(periods) as Hours[]).flatMap(({ from, to }) => [from, to]))];
  const end = (hour: number) => raw(`at_${ends.indexOf(hour)}`);
  const sums = eachCounter(periods, (period, name) => {
    const { from, to } = periods[period]!;
    const at = (hour: number) => sql`COALESCE(${end(hour)}.${raw(`${name}_so_far`)}, 0)`;
    return sql`SUM(${at(to)} - ${at(from)})`;
  });
  const joins = ends.map(
    (hour) => sql`LEFT JOIN link_hours ${end(hour)} ON ${end(hour)}.link_id = l.id
      AND ${end(hour)}.hour = (SELECT MAX(hour) FROM link_hours WHERE link_id = l.id AND hour < ${hour})`,
  );
  return sql`SELECT COUNT(*) AS links, ${sums} FROM referral_links l LEFT JOIN partners p ON p.id = l.partner_id
    ${joined(joins, " ")} WHERE ${linkFilter(given)}`;
}

function eachCounter(periods: Periods, sum: (period: keyof Periods, name: Counter) => Sql): Sql {
  const columns = (Object.keys(periods) as (keyof Periods)[]).flatMap((period) =>
    COUNTERS.map((name) => sql`COALESCE(${sum(period, name)}, 0) AS ${raw(`${period}_${name}`)}`),
  );
  return joined(columns, ", ");
}
