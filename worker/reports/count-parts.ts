import type { z } from "zod";
import { landingPage, summedName, summedValue } from "../clicks/derive.ts";
import { idAt } from "../clicks/id-at.ts";
import { hoursOf } from "./hours.ts";
import type { BreakdownQuery } from "./schemas/stats.ts";
import { linksInScope, type Scope } from "./scope.ts";
import { all, prepare, raw, type Sql, sql } from "./sql.ts";
import { sums } from "./sums.ts";

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
/** So many are counted one by one, found by the index of their links, in some 60 ms. */
const MOST_CLICKS = 10_000;

export interface Part {
  value: string;
  clicks: number;
  unique_clicks: number;
}

export interface Parts {
  /** Unix ms of what was counted; null: from the beginning, up to now. */
  from: number | null;
  to: number | null;
  totals: { values: number; clicks: number; unique_clicks: number };
  /** The largest first. */
  data: Part[];
}

type Query = Scope & Pick<z.output<typeof BreakdownQuery>, "by" | "limit" | "from" | "to">;

/**
 * Counts the parts of a period that is not made of whole UTC days, from the clicks themselves: those of the hours that
 * begin in it, which are what every other figure of the period counts.
 *
 * @returns undefined where the sums by UTC day have to do: for whole days, for too many clicks, and where some of the
 * clicks are no longer kept, which shows in that the sums by the hour have more.
 */
export async function countParts(db: D1Database, given: Query, now: number): Promise<Parts | undefined> {
  const hours = hoursOf(given);
  const open = given.to === undefined || given.to >= now;
  if (given.from === undefined) return undefined;
  if (hours.from % DAY_HOURS === 0 && (open || hours.to % DAY_HOURS === 0)) return undefined;
  const inPeriod = sql`h.hour >= ${hours.from} AND h.hour < ${hours.to}`;
  // Without a link or a partner the clicks of all programs are passed on the way.
  const byLink = given.link_id !== undefined || given.partner_id !== undefined;
  const passed = await prepare(
    db,
    // Every hour has a click: more rows than clicks may be are not read.
    sql`SELECT SUM(clicks + bot_clicks) AS n FROM (
      SELECT h.clicks, h.bot_clicks FROM ${sums("hours", byLink ? given : {}, inPeriod)} LIMIT ${MOST_CLICKS + 1})`,
  ).first<number | null>("n");
  if ((passed ?? 0) > MOST_CLICKS) return undefined;

  const period = { from: hours.from * HOUR_MS, to: given.to === undefined ? null : hours.to * HOUR_MS };
  const clicks = byLink ? clicksByLink(given, period) : clicksByTime(given, period);
  // One transaction, so that both know of the same clicks.
  const [summed, counted] = (await db.batch([
    prepare(db, sql`SELECT SUM(h.clicks) AS clicks FROM ${sums("hours", given, inPeriod)}`),
    prepare(
      db,
      sql`SELECT ${VALUE[given.by].column} AS value, COUNT(*) AS clicks, SUM(e.is_unique) AS unique_clicks
        FROM ${clicks} AND e.is_bot = 0 GROUP BY 1`,
    ),
  ])) as [D1Result<{ clicks: number | null }>, D1Result<Part & { value: string | null }>];
  const data = together(counted.results, VALUE[given.by].summed);
  const totals = {
    values: data.length,
    clicks: total(data, "clicks"),
    unique_clicks: total(data, "unique_clicks"),
  };
  if (totals.clicks !== (summed.results[0]?.clicks ?? 0)) return undefined;
  return { ...period, totals, data: data.slice(0, given.limit) };
}

interface Period {
  from: number;
  to: number | null;
}

function clicksByLink(given: Scope, { from, to }: Period): Sql {
  const conditions = [linksInScope(given), sql`e.at >= ${from}`];
  if (to !== null) conditions.push(sql`e.at < ${to}`);
  return sql`referral_links l CROSS JOIN affiliate_click_events e INDEXED BY affiliate_click_events_link
    ON e.link_id = l.id WHERE ${all(conditions)}`;
}

/** On the primary key, which begins with the time in seconds. */
function clicksByTime({ program_id }: Scope, { from, to }: Period): Sql {
  const conditions = [sql`e.id >= ${idAt(from)}`];
  if (to !== null) conditions.push(sql`e.id < ${idAt(to)}`);
  if (program_id !== undefined) conditions.push(sql`e.program_id = ${program_id}`);
  return sql`affiliate_click_events e NOT INDEXED WHERE ${all(conditions)}`;
}

/** Where a click has what is summed by, and how it is summed. */
const VALUE: Record<Query["by"], { column: Sql; summed: (value: string) => string }> = {
  country: { column: raw("e.country"), summed: (value) => value },
  device: { column: raw("e.device_type"), summed: (value) => value },
  browser: { column: raw("e.browser"), summed: summedName.browser },
  os: { column: raw("e.os"), summed: summedName.os },
  referrer: { column: raw("e.referrer_host"), summed: (value) => value },
  // Without its query, which may be another one at every click.
  landing_page: {
    column: raw("substr(e.page_url, 1, instr(e.page_url || '?', '?') - 1)"),
    summed: landingPage,
  },
};

/** Makes one of the rows whose values are summed as one. */
function together(rows: (Part & { value: string | null })[], summed: (value: string) => string): Part[] {
  const parts = new Map<string, Part>();
  for (const row of rows) {
    const value = summedValue(summed(row.value ?? ""));
    const part = parts.get(value) ?? { value, clicks: 0, unique_clicks: 0 };
    part.clicks += row.clicks;
    part.unique_clicks += row.unique_clicks;
    parts.set(value, part);
  }
  return [...parts.values()].sort((a, b) => b.clicks - a.clicks || (a.value < b.value ? -1 : 1));
}

function total(parts: Part[], of: "clicks" | "unique_clicks"): number {
  return parts.reduce((sum, part) => sum + part[of], 0);
}
