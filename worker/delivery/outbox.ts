/** The outbox in D1: rows are owed in the transaction that records a click, claimed when due, settled in batches. */

import { type ClickParams, formatClickId, type NetworkName, type OwedClick } from "../click.ts";

export type DeliveryState = "pending" | "delivered" | "rejected" | "dead" | "withheld";

/** One attempt, as it is kept with the delivery. */
export interface Attempt {
  /** Unix ms. */
  at: number;
  duration_ms: number;
  /** HTTP status; null where no answer came. */
  status: number | null;
  /** What the network said, cut and without secrets, or what happened instead. */
  words: string;
}

export interface NewDelivery {
  event_id: string;
  network: NetworkName;
  program_id: number;
  withheld?: string | undefined;
  /** Unix ms. */
  at: number;
  give_up_at: number;
}

/** Lanes that the rows of one destination are spread over. */
export const LANES = 256;

/** The rows for clicks that are recorded in the same batch. @returns undefined for none. */
export function owe(db: D1Database, deliveries: NewDelivery[]): D1PreparedStatement | undefined {
  if (deliveries.length === 0) return undefined;
  const rows = deliveries.map((delivery) => [
    delivery.event_id,
    delivery.network,
    delivery.program_id,
    delivery.withheld ? "withheld" : "pending",
    delivery.withheld ?? null,
    // The end of an id is its signature, which spreads evenly.
    Number.parseInt(delivery.event_id.slice(-2), 16) % LANES,
    delivery.at,
    delivery.give_up_at,
  ]);
  return db.prepare(OWE).bind(JSON.stringify(rows));
}

const OWE = `WITH owed AS MATERIALIZED (SELECT jsonb(value) AS v FROM json_each(?1))
  INSERT INTO deliveries (event_id, network, program_id, state, reason, lane, next_attempt_at, give_up_at)
  SELECT v ->> 0, v ->> 1, v ->> 2, v ->> 3, v ->> 4, v ->> 5, v ->> 6, v ->> 7 FROM owed`;

export interface Destination {
  program_id: number;
  network: NetworkName;
  /** This courier's number, and of how many. */
  courier: number;
  couriers: number;
}

/** A due delivery with all that an adapter needs. */
export interface DueDelivery {
  event_id: string;
  program_id: number;
  give_up_at: number;
  attempts: Attempt[];
  /** The last words about it; of a delivery that a manager has sent again, those of before. */
  reason: string | null;
  /** Null when the click is no longer kept. */
  click: OwedClick | null;
  /** The program's settings of the network; null when they were taken away meanwhile. */
  settings: Record<string, unknown> | null;
  /** The link's Everflow settings. */
  link_everflow: Record<string, unknown> | null;
  /** Everflow's affiliate that it was sent with: see {@link SentWith}. Null where nothing is known. */
  sent_affiliate_id: number | null;
}

/**
 * What an attempt was made with, kept of the last one that may have arrived: the link's settings may be corrected later,
 * and Everflow shows the click to the affiliate that it was sent with.
 */
export interface SentWith {
  offer_id: number;
  affiliate_id: number;
}

/** Of a delivery's row and its click's, what the adapters' click is made of. */
export interface ClickColumns {
  event_id: string;
  at: number | null;
  customer_id: string | null;
  customer_created_at: number | null;
  affiliate_url: string | null;
  referrer_url: string | null;
  user_agent: string | null;
  ip: string | null;
  params: string | null;
}

interface DueRow extends ClickColumns {
  give_up_at: number;
  attempts: string;
  reason: string | null;
  settings: string | null;
  link_everflow: string | null;
  sent_affiliate_id: number | null;
}

/**
 * What is due, oldest first. Nothing is written: one courier alone takes these rows, and it knows itself which of
 * them are under way.
 */
export async function claim(
  db: D1Database,
  to: Destination,
  now: number,
  limit: number,
): Promise<DueDelivery[]> {
  const { results } = await db
    .prepare(
      `SELECT d.event_id, d.give_up_at, d.attempts, d.reason, e.at, e.customer_id, c.created_at AS customer_created_at,
         e.affiliate_url, e.referrer_url, e.user_agent, e.ip, e.params,
         p.${to.network} AS settings, l.everflow AS link_everflow, d.sent_affiliate_id
       FROM deliveries d INDEXED BY deliveries_due
       LEFT JOIN affiliate_click_events e ON e.id = d.event_id
       LEFT JOIN customers c ON c.id = e.customer_id
       LEFT JOIN programs p ON p.id = d.program_id
       LEFT JOIN referral_links l ON l.id = e.link_id
       WHERE d.state = 'pending' AND d.program_id = ?1 AND d.network = ?2 AND d.next_attempt_at <= ?3
         AND d.lane % ?4 = ?5
       ORDER BY d.next_attempt_at LIMIT ?6`,
    )
    .bind(to.program_id, to.network, now, to.couriers, to.courier, limit)
    .all<DueRow>();
  return results.map((row) => dueOf(row, to.program_id));
}

function dueOf(row: DueRow, program_id: number): DueDelivery {
  return {
    event_id: row.event_id,
    program_id,
    give_up_at: row.give_up_at,
    attempts: JSON.parse(row.attempts),
    reason: row.reason,
    click: clickOf(row),
    settings: row.settings ? JSON.parse(row.settings) : null,
    link_everflow: row.link_everflow ? JSON.parse(row.link_everflow) : null,
    sent_affiliate_id: row.sent_affiliate_id,
  };
}

/** @returns null when the click is no longer kept. */
export function clickOf(row: ClickColumns): OwedClick | null {
  if (row.at === null || row.customer_id === null) return null;
  return {
    click_id: formatClickId(row.event_id, row.at),
    visitor_id: formatClickId(row.customer_id, row.customer_created_at ?? row.at),
    affiliate_url: row.affiliate_url ?? "",
    referrer_url: row.referrer_url ?? "",
    user_agent: row.user_agent ?? "",
    ip: row.ip ?? "",
    params: row.params ? (JSON.parse(row.params) as ClickParams) : {},
  };
}

/** @returns unix ms of the next attempt that is due, or undefined when nothing is owed. */
export async function nextDue(db: D1Database, to: Destination): Promise<number | undefined> {
  const at = await db
    .prepare(
      `SELECT next_attempt_at FROM deliveries INDEXED BY deliveries_due
       WHERE state = 'pending' AND program_id = ?1 AND network = ?2 AND lane % ?3 = ?4
       ORDER BY next_attempt_at LIMIT 1`,
    )
    .bind(to.program_id, to.network, to.couriers, to.courier)
    .first<number>("next_attempt_at");
  return at ?? undefined;
}

/** Its last attempt is made at its end; an hour later it is given up without one, as when the circuit lets none through. */
const GRACE_MS = 3_600_000;
const EXPIRE_MAX = 1_000;

/**
 * Ends what should have ended an hour ago and was attempted, however long the network's circuit stays open.
 * @param but whose results are still to come.
 */
export async function expire(
  db: D1Database,
  to: Destination,
  now: number,
  but: ReadonlySet<string>,
): Promise<void> {
  // A row that was attempted is due by its end at the latest, so that the index by due time finds all of them.
  await db
    .prepare(
      `UPDATE deliveries SET state = 'dead' WHERE network = ?2 AND event_id IN (
         SELECT event_id FROM deliveries INDEXED BY deliveries_due
         WHERE state = 'pending' AND program_id = ?1 AND network = ?2 AND next_attempt_at <= ?3
           AND give_up_at <= ?3 AND attempts <> '[]' AND lane % ?4 = ?5
           AND event_id NOT IN (SELECT value FROM json_each(?7)) LIMIT ?6)`,
    )
    .bind(
      to.program_id,
      to.network,
      now - GRACE_MS,
      to.couriers,
      to.courier,
      EXPIRE_MAX,
      JSON.stringify([...but]),
    )
    .run();
}

/** What became of an attempt, or of a delivery that may no longer be attempted. */
export interface Settlement {
  event_id: string;
  state: DeliveryState;
  reason: string | null;
  reference: string | null;
  next_attempt_at: number;
  /** Undefined where none was made. */
  attempt?: Attempt | undefined;
  /** Of an attempt at Everflow; undefined leaves what is there. */
  sent_with?: SentWith | undefined;
}

/** Writes results, all in one statement. Repeating it changes nothing: an attempt is known by its time. */
export function settle(db: D1Database, network: NetworkName, settlements: Settlement[]): D1PreparedStatement {
  const rows = settlements.map((each) => [
    each.event_id,
    each.state,
    each.reason,
    each.reference,
    each.next_attempt_at,
    each.attempt ? JSON.stringify(each.attempt) : null,
    ...(network === "everflow" && each.sent_with
      ? [each.sent_with.offer_id, each.sent_with.affiliate_id]
      : []),
  ]);
  return db.prepare(SETTLE).bind(network, JSON.stringify(rows));
}

// Only what is still pending, and only an attempt that it does not have: else this same statement's first arrival came
// before, and after that perhaps a manager, who has asked for another try.
const SETTLE = `WITH done AS MATERIALIZED (SELECT jsonb(value) AS v FROM json_each(?2))
  UPDATE deliveries SET
    state = done.v ->> 1,
    reason = done.v ->> 2,
    reference = coalesce(done.v ->> 3, reference),
    next_attempt_at = done.v ->> 4,
    attempts = iif(done.v ->> 5 IS NULL, attempts, json_insert(attempts, '$[#]', json(done.v ->> 5))),
    sent_offer_id = coalesce(done.v ->> 6, sent_offer_id),
    sent_affiliate_id = coalesce(done.v ->> 7, sent_affiliate_id)
  FROM done WHERE deliveries.event_id = done.v ->> 0 AND deliveries.network = ?1 AND deliveries.state = 'pending'
    AND (done.v ->> 5 IS NULL OR json_extract(attempts, '$[#-1].at') IS NOT json_extract(done.v ->> 5, '$.at'))`;

/** Destinations with rows that are due: for the sweep that wakes couriers whose wake-up was lost. */
export async function dueDestinations(
  db: D1Database,
  now: number,
): Promise<{ program_id: number; network: NetworkName }[]> {
  const { results } = await db
    .prepare(
      `SELECT p.id AS program_id, n.value AS network FROM programs p, json_each('["everflow","avantlink"]') n
       WHERE EXISTS (SELECT 1 FROM deliveries d WHERE d.state = 'pending' AND d.program_id = p.id
         AND d.network = n.value AND d.next_attempt_at <= ?1)`,
    )
    .bind(now)
    .all<{ program_id: number; network: NetworkName }>();
  return results;
}
