import type { z } from "zod";
import { idAt } from "../clicks/id-at.ts";
import { type ClickRow, SELECT_CLICKS } from "./click-row.ts";
import type { Cursor } from "./cursor.ts";
import { GONE_BEFORE } from "./gone-before.ts";
import type { ClickQuery } from "./schemas/click.ts";
import { linksInScope } from "./scope.ts";
import { all, prepare, type Sql, sql } from "./sql.ts";

type Query = z.output<typeof ClickQuery>;

const HOUR_MS = 3_600_000;
/** Up to here the kept clicks of a program are sorted; beyond, it has enough of the newest to be picked out of all. */
const FEW_CLICKS = 50_000;

/**
 * Reads click events, newest first to the second, with no index but those that recording needs anyway, because every
 * click would pay for another one.
 *
 * A link's or a partner's clicks come from the index by link and time; they are merged in that index alone before
 * the events themselves are read. Without a filter, or for a program with many clicks, the primary key is walked
 * backwards: it begins with the time in seconds.
 */
export async function newestClicks(
  db: D1Database,
  given: Query,
  limit: number,
  after: Cursor | undefined,
): Promise<ClickRow[]> {
  const select = (await byLink(db, given)) ? selectByLink : selectByTime;
  return (await prepare(db, select(given, limit, after)).all<ClickRow>()).results;
}

async function byLink(db: D1Database, given: Query): Promise<boolean> {
  if (given.link_id !== undefined || given.partner_id !== undefined) return true;
  if (given.program_id === undefined) return false;
  const counted = await prepare(
    db,
    sql`SELECT COALESCE(SUM(clicks + bot_clicks), 0) AS clicks FROM program_hours
      WHERE program_id = ${given.program_id} AND hour >= ${GONE_BEFORE} / ${HOUR_MS}`,
  ).first<number>("clicks");
  return counted! <= FEW_CLICKS;
}

function selectByLink(given: Query, limit: number, after: Cursor | undefined): Sql {
  const conditions = [linksInScope(given), ...inPeriod(given)];
  if (after) conditions.push(sql`(e.at, e.id) < (${after.key}, ${after.id})`);
  return sql`${SELECT_CLICKS} WHERE e.id IN (
      SELECT e.id FROM referral_links l CROSS JOIN affiliate_click_events e ON e.link_id = l.id
      WHERE ${all(conditions)} ORDER BY e.at DESC, e.id DESC LIMIT ${limit}
    ) ORDER BY e.at DESC, e.id DESC`;
}

function selectByTime(given: Query, limit: number, after: Cursor | undefined): Sql {
  const conditions = inPeriod(given);
  if (given.program_id !== undefined) conditions.push(sql`e.program_id = ${given.program_id}`);
  if (given.from !== undefined) conditions.push(sql`e.id >= ${idAt(given.from)}`);
  if (given.to !== undefined) conditions.push(sql`e.id < ${idAt(given.to + 1000)}`);
  if (after) conditions.push(sql`e.id < ${after.id}`);
  return sql`${SELECT_CLICKS} WHERE ${all(conditions)} ORDER BY e.id DESC LIMIT ${limit}`;
}

function inPeriod({ from, to }: Query): Sql[] {
  const conditions: Sql[] = [];
  if (from !== undefined) conditions.push(sql`e.at >= ${from}`);
  if (to !== undefined) conditions.push(sql`e.at < ${to}`);
  return conditions;
}
