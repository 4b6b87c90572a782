/** Reads from the outbox what was sent to Everflow, and writes back how unclear deliveries ended. */

import { idAt } from "../../clicks/id-at.ts";
import type { Settlement } from "../../delivery/outbox.ts";
import { FOUND } from "../../delivery/unclear.ts";
import type { Seconds } from "../../networks/everflow-api.ts";
import { prepare, raw, type Sql, sql } from "../sql.ts";
import type { KnownDelivery } from "./comparison.ts";
import type { Affiliates, ComparedProgram } from "./program.ts";

export interface Sent {
  deliveries: Map<string, KnownDelivery>;
  /** Unix ms; 0 where nothing was attempted. */
  last_attempt_at: number;
}

interface SentRow extends KnownDelivery {
  last_attempt_at: number | null;
}

/** As worker/delivery/unclear.ts has it, of one attempt: an array of them is too much to read for each delivery. */
const TAKEN_IN = "(a.value ->> 'status') BETWEEN 200 AND 299";
const SAYS = "(a.value ->> 'words') GLOB 'error_code *' AND (a.value ->> 'words') NOT GLOB 'error_code 0,*'";
const ANSWERS = `(SELECT COUNT(*) FROM json_each(d.attempts) a WHERE ${TAKEN_IN} AND ${SAYS})`;
const UNCLEAR = `EXISTS (SELECT 1 FROM json_each(d.attempts) a
  WHERE (a.value ->> 'status') IS NULL OR (${TAKEN_IN} AND NOT (${SAYS})))`;

/**
 * Of all programs: an affiliate's report has the clicks of every program that it works for.
 * @param window unix seconds, `to` exclusive.
 */
export async function sentIn(db: D1Database, window: Seconds): Promise<Sent> {
  const { results } = await prepare(
    db,
    sql`SELECT d.event_id, d.program_id, e.link_id,
        coalesce(d.sent_affiliate_id, l.everflow_affiliate_id) AS affiliate_id, d.state, d.reference, json_array_length(d.attempts) AS tried,
        ${raw(ANSWERS)} AS answers, ${raw(UNCLEAR)} AS unclear, coalesce(d.reason, '') GLOB ${`${FOUND}*`} AS found,
        d.attempts ->> '$[#-1].at' AS last_attempt_at
      FROM deliveries d JOIN affiliate_click_events e ON e.id = d.event_id
      LEFT JOIN referral_links l ON l.id = e.link_id WHERE ${inWindow(window)}`,
  ).all<SentRow>();
  return {
    deliveries: new Map(results.map((row) => [row.event_id, row])),
    last_attempt_at: results.reduce((last, row) => Math.max(last, row.last_attempt_at ?? 0), 0),
  };
}

export async function countSent(db: D1Database, window: Seconds): Promise<number> {
  const counted = sql`SELECT COUNT(*) AS n FROM deliveries d WHERE ${inWindow(window)}`;
  return (await prepare(db, counted).first<number>("n"))!;
}

/**
 * The program's links by what clicks of the window were sent with, and by what they have now. Where a link was given
 * what another had, it is the one of now.
 */
export async function affiliatesIn(
  db: D1Database,
  { id, affiliates }: ComparedProgram,
  window: Seconds,
): Promise<Affiliates> {
  const { results } = await prepare(
    db,
    sql`SELECT DISTINCT d.sent_affiliate_id AS affiliate, d.sent_offer_id AS offer, e.link_id
      FROM deliveries d JOIN affiliate_click_events e ON e.id = d.event_id
      WHERE ${inWindow(window)} AND d.program_id = ${id} AND d.sent_affiliate_id IS NOT NULL ORDER BY e.link_id`,
  ).all<{ affiliate: number; offer: number; link_id: number }>();
  const found: Affiliates = new Map(
    Array.from(affiliates, ([affiliate, links]) => [affiliate, new Map(links)]),
  );
  for (const { affiliate, offer, link_id } of results) {
    const links = found.get(affiliate) ?? new Map<number, number>();
    if (!links.has(offer)) links.set(offer, link_id);
    found.set(affiliate, links);
  }
  return found;
}

/** By the primary key, which begins with the time. */
function inWindow({ from, to }: Seconds): Sql {
  return sql`d.event_id >= ${idAt(from * 1000)} AND d.event_id < ${idAt(to * 1000)}
    AND d.network = 'everflow'`;
}

/** Also of deliveries that were given up: what arrived is delivered. What was settled meanwhile stays as it is. */
export async function writeSettlements(db: D1Database, settlements: Settlement[]): Promise<void> {
  if (settlements.length === 0) return;
  const rows = settlements.map(({ event_id, state, reason, reference }) => [
    event_id,
    state,
    reason,
    reference,
  ]);
  await db.prepare(SETTLE).bind(JSON.stringify(rows)).run();
}

const SETTLE = `UPDATE deliveries SET state = s.value ->> 1, reason = s.value ->> 2, reference = s.value ->> 3,
    next_attempt_at = 0
  FROM json_each(?1) s
  WHERE deliveries.event_id = s.value ->> 0 AND deliveries.network = 'everflow' AND deliveries.state IN ('pending', 'dead')`;
