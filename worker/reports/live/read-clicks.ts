/** The stream's reading of D1: by the primary key, which begins with the time, and never more than so many rows. */

import type { z } from "zod";
import { formatClickId } from "../../click.ts";
import { idAt } from "../../clicks/id-at.ts";
import type { LiveClick, LiveDelivery } from "../schemas/live.ts";
import { all, prepare, raw, type Sql, sql } from "../sql.ts";
import type { Place, Sighted } from "./sights.ts";
import type { Watch } from "./watch.ts";

export type LiveClickAnswer = z.output<typeof LiveClick>;
export type LiveDeliveryAnswer = z.output<typeof LiveDelivery>;
export type OwedAnswer = LiveDeliveryAnswer & { event_id: string };

const SIGHTED = "id, program_id, link_id, partner_id, recorded_at";

/**
 * Clicks of a stretch of time that were recorded since an instant. No index has recorded_at, because every click would
 * pay for it: the newest rows are looked through.
 */
export async function recordedSince(
  db: D1Database,
  { since, from, rows }: { since: number; from: number; rows: number },
): Promise<Sighted[]> {
  const newest = sql`SELECT ${raw(SIGHTED)} FROM affiliate_click_events WHERE id >= ${idAt(from)}
    ORDER BY id DESC LIMIT ${rows}`;
  return found(db, sql`SELECT * FROM (${newest}) WHERE recorded_at >= ${since}`);
}

/** What was recorded after a click, and may be seen. A click that was recorded before times were is older than all. */
export async function recordedAfter(
  db: D1Database,
  watch: Watch,
  after: string,
  { reach_ms, rows }: { reach_ms: number; rows: number },
): Promise<Sighted[]> {
  const place = await prepare(
    db,
    sql`SELECT id, coalesce(recorded_at, at) AS recorded_at, at FROM affiliate_click_events WHERE id = ${after}`,
  ).first<Place & { at: number }>();
  const secondOf = Number.parseInt(after.slice(0, 8), 16) * 1000;
  const { id, recorded_at, at } = place ?? { id: after, recorded_at: secondOf, at: secondOf };
  const newest = sql`SELECT ${raw(SIGHTED)} FROM affiliate_click_events WHERE id >= ${idAt(at - reach_ms)}
    ORDER BY id DESC LIMIT ${rows}`;
  const conditions = [sql`(recorded_at, id) > (${recorded_at}, ${id})`, mayBeSeen(watch)];
  return found(db, sql`SELECT * FROM (${newest}) WHERE ${all(conditions)}`);
}

async function found(db: D1Database, select: Sql): Promise<Sighted[]> {
  return (await prepare(db, select).all<Sighted>()).results;
}

function mayBeSeen({ program_id, link_id, partner_id }: Watch): Sql {
  const conditions: Sql[] = [];
  if (program_id !== undefined) conditions.push(sql`program_id = ${program_id}`);
  if (link_id !== undefined) conditions.push(sql`link_id = ${link_id}`);
  if (partner_id !== undefined) conditions.push(sql`partner_id = ${partner_id}`);
  return all(conditions);
}

type Flag = "is_bot" | "is_unique";
type Row = Omit<LiveClickAnswer, Flag | "click_id" | "deliveries"> &
  Record<Flag, number> & { customer_id: string; customer_created_at: number | null };

/** @returns the clicks by their id, those that are there. */
export async function readClicks(db: D1Database, ids: string[]): Promise<Map<string, LiveClickAnswer>> {
  if (ids.length === 0) return new Map();
  const given = JSON.stringify(ids);
  const [clicks, owed] = (await db.batch([
    prepare(
      db,
      sql`SELECT e.id, e.at, e.kept_at, e.recorded_at, e.link_id, l.code AS link_code, e.program_id, e.partner_id,
          e.country, e.city, e.device_type, e.browser, e.os, e.is_bot, e.is_unique, e.page_url, e.page_title,
          e.referrer_host, e.customer_id, c.created_at AS customer_created_at
        FROM json_each(${given}) k CROSS JOIN affiliate_click_events e ON e.id = k.value
        LEFT JOIN customers c ON c.id = e.customer_id
        LEFT JOIN referral_links l ON l.id = e.link_id`,
    ),
    prepare(db, selectOwed(given)),
  ])) as [D1Result<Row>, D1Result<OwedAnswer>];
  const deliveries = Map.groupBy(owed.results, ({ event_id }) => event_id);
  return new Map(
    clicks.results.map(({ customer_id, customer_created_at, ...row }) => [
      row.id,
      {
        ...row,
        click_id: formatClickId(customer_id, customer_created_at ?? row.at),
        is_bot: row.is_bot === 1,
        is_unique: row.is_unique === 1,
        deliveries: (deliveries.get(row.id) ?? []).map(({ event_id: _, ...delivery }) => delivery),
      },
    ]),
  );
}

export async function readOwed(db: D1Database, ids: string[]): Promise<OwedAnswer[]> {
  if (ids.length === 0) return [];
  return (await prepare(db, selectOwed(JSON.stringify(ids))).all<OwedAnswer>()).results;
}

/** The newest clicks from an instant up to one of them, whose deliveries may have gone on. */
export async function newestUpTo(
  db: D1Database,
  watch: Watch,
  last: string,
  { from, rows, most }: { from: number; rows: number; most: number },
): Promise<Sighted[]> {
  const newest = sql`SELECT ${raw(SIGHTED)} FROM affiliate_click_events
    WHERE id >= ${idAt(from)} AND id <= ${last} ORDER BY id DESC LIMIT ${rows}`;
  return found(db, sql`SELECT * FROM (${newest}) WHERE ${mayBeSeen(watch)} LIMIT ${most}`);
}

function selectOwed(ids: string): Sql {
  return sql`SELECT d.event_id, d.network, d.state, d.reason, json_array_length(d.attempts) AS attempt_count,
      CASE WHEN d.state <> 'pending' THEN (d.attempts ->> '$[#-1].at') + (d.attempts ->> '$[#-1].duration_ms') END
        AS settled_at
    FROM json_each(${ids}) k CROSS JOIN deliveries d ON d.event_id = k.value`;
}
