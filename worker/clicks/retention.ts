/**
 * Kept for a set time: deletes clicks that are older than RETENTION_DAYS, their deliveries, test clicks, and customers
 * of whom no click is left. Sums stay as they are, for ever. A click whose delivery is pending stays until that is
 * settled.
 *
 * Ids begin with the time, so a run goes on in the primary key where the one before stopped. Once a day it begins from
 * the start, for what was passed over or came late; those are all that it meets there.
 */

import { type Env, retentionDays } from "../env.ts";
import { idAt } from "./id-at.ts";

const DAY_MS = 86_400_000;
/**
 * A batch that had an unclear end is recorded again, and must find its clicks even if they are old: so what was
 * recorded within the last day stays.
 */
const REPEATED_WITHIN_MS = DAY_MS;
const ROUND_MS = DAY_MS;
const TEST_CLICKS = 500;

/** Of one run. */
export interface Limits {
  /** Deleted in one transaction: recording waits for no more. */
  page_clicks: number;
  pages: number;
  /** After so much of D1's time no other page is begun. */
  d1_ms: number;
}

/** Seven million clicks a day, at a run every minute. */
const LIMITS: Limits = { page_clicks: 1_000, pages: 5, d1_ms: 1_000 };

/** What a run did, and what it cost in D1. */
export interface Deleted {
  clicks: number;
  rows_read: number;
  rows_written: number;
  d1_ms: number;
}

/**
 * @param now unix ms.
 * @throws naming the setting, where it is none: nothing is deleted then.
 */
export async function deleteOldClicks(env: Env, now: number, limits: Limits = LIMITS): Promise<Deleted> {
  const done: Deleted = { clicks: 0, rows_read: 0, rows_written: 0, d1_ms: 0 };
  const days = retentionDays(env);
  if (days === 0) return done;
  const db = env.DB;
  const before = now - days * DAY_MS;
  const [progress] = (await metered(db, done, [
    db.prepare("SELECT reached, round_began_at FROM retention"),
    db.prepare(DELETE_TEST_DELIVERIES).bind(before),
    db.prepare(DELETE_TESTS).bind(before),
  ])) as [D1Result<Progress>];
  let round = progress.results[0]!;
  if (now - round.round_began_at >= ROUND_MS) round = { reached: "", round_began_at: now };
  for (let i = 0; i < limits.pages && done.d1_ms < limits.d1_ms; i++) {
    const select = db.prepare(SELECT_OLD).bind(round.reached, idAt(before), limits.page_clicks);
    const [{ results: old }] = (await metered(db, done, [select])) as [D1Result<OldClick>];
    const last = old.at(-1);
    if (!last) break;
    const customers = JSON.stringify([...new Set(old.map(({ customer_id }) => customer_id))]);
    const [events] = await metered(db, done, [
      db.prepare(DELETE_EVENTS).bind(round.reached, last.id, before, now - REPEATED_WITHIN_MS),
      db.prepare(DELETE_DELIVERIES).bind(round.reached, last.id),
      db.prepare(DELETE_CUSTOMERS).bind(customers),
      db.prepare(WRITE_PROGRESS).bind(last.id, round.round_began_at, secondAfter(last.id)),
    ]);
    done.clicks += events!.meta.changes;
    round = { ...round, reached: last.id };
    if (old.length < limits.page_clicks) break;
  }
  return done;
}

/** One transaction, with its cost added up. */
async function metered(
  db: D1Database,
  done: Deleted,
  statements: D1PreparedStatement[],
): Promise<D1Result[]> {
  const results = await db.batch(statements);
  for (const { meta } of results) {
    done.rows_read += meta.rows_read;
    done.rows_written += meta.rows_written;
    done.d1_ms += meta.duration;
  }
  return results;
}

interface Progress {
  reached: string;
  round_began_at: number;
}

interface OldClick {
  id: string;
  customer_id: string;
}

/** @returns unix ms of the second after the click's. */
function secondAfter(id: string): number {
  return (Number.parseInt(id.slice(0, 8), 16) + 1) * 1000;
}

const SELECT_OLD =
  "SELECT id, customer_id FROM affiliate_click_events WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3";

// A manager may have sent one again since the page was read, and late clicks may have come into it.
const DELETE_EVENTS = `DELETE FROM affiliate_click_events
  WHERE id > ?1 AND id <= ?2 AND at < ?3 AND coalesce(recorded_at, 0) < ?4
    AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = affiliate_click_events.id AND d.state = 'pending')`;

const DELETE_DELIVERIES = `DELETE FROM deliveries
  WHERE event_id > ?1 AND event_id <= ?2 AND state <> 'pending'
    AND NOT EXISTS (SELECT 1 FROM affiliate_click_events e WHERE e.id = deliveries.event_id)`;

// Found by its own id or in the partial index, whose condition this repeats: one look for each, however many there are.
const DELETE_CUSTOMERS = `DELETE FROM customers WHERE id IN (SELECT value FROM json_each(?1))
  AND NOT EXISTS (SELECT 1 FROM affiliate_click_events e WHERE e.id = customers.id)
  AND NOT EXISTS (SELECT 1 FROM affiliate_click_events e WHERE e.customer_id = customers.id AND e.customer_id <> e.id)`;

const WRITE_PROGRESS =
  "UPDATE retention SET reached = ?1, round_began_at = ?2, gone_before = max(gone_before, ?3)";

// Their ids rise with the time, but have no index on it: the first that is to stay ends the search.
const OLD_TESTS = `SELECT id, click FROM test_click_events
  WHERE id < coalesce((SELECT id FROM test_click_events WHERE at >= ?1 ORDER BY id LIMIT 1), ${Number.MAX_SAFE_INTEGER})
  ORDER BY id LIMIT ${TEST_CLICKS}`;

const DELETE_TEST_DELIVERIES = `DELETE FROM deliveries
  WHERE event_id IN (SELECT click ->> '$.id' FROM (${OLD_TESTS})) AND state <> 'pending'`;

const DELETE_TESTS = `DELETE FROM test_click_events WHERE id IN (SELECT id FROM (${OLD_TESTS}))`;
