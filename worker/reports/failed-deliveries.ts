/** The rows of deliveries that failed, and how they are made due again. */

import type { z } from "zod";
import type { NetworkName } from "../click.ts";
import { clickedIn } from "./clicked-in.ts";
import type { Cursor } from "./cursor.ts";
import type { RetryMany } from "./schemas/delivery.ts";
import { all, prepare, raw, type Sql, sql } from "./sql.ts";

type Scope = Omit<z.output<typeof RetryMany>, "cursor">;

export interface FailedKey {
  program_id: number;
  event_id: string;
}

/**
 * Program by program, oldest click first, so that a cursor names what has had its retry: what fails again is not met a
 * second time. Left out is what a courier could not send: the network is off, the link has no offer at it, the click is no
 * longer kept.
 */
export async function selectFailed(
  db: D1Database,
  scope: Scope,
  after: Cursor | undefined,
  limit: number,
): Promise<FailedKey[]> {
  const select = sql`SELECT d.program_id, d.event_id FROM ${failed(scope, after)}
      AND EXISTS (SELECT 1 FROM affiliate_click_events e LEFT JOIN referral_links l ON l.id = e.link_id
        WHERE e.id = d.event_id AND ${hasOffer(scope.network)})
    ORDER BY p.id, d.event_id LIMIT ${limit}`;
  return (await prepare(db, select).all<FailedKey>()).results;
}

/** @returns how many there are after the cursor, from the index alone: clicks and offers that are gone are counted too. */
export async function countFailed(db: D1Database, scope: Scope, after: Cursor | undefined): Promise<number> {
  const count = await prepare(db, sql`SELECT COUNT(*) AS n FROM ${failed(scope, after)}`).first<number>("n");
  return count!;
}

function failed({ program_id, network, state, ...period }: Scope, after: Cursor | undefined): Sql {
  // SQLite takes a partial index only where its condition stands in the query word for word.
  const conditions = [
    sql`d.state IN ('rejected', 'dead') AND d.state = ${state} AND d.network = ${network}`,
    isOn(network),
    ...clickedIn(period),
  ];
  if (program_id !== undefined) conditions.push(sql`p.id = ${program_id}`);
  if (after) {
    conditions.push(sql`p.id >= ${after.key} AND (p.id > ${after.key} OR d.event_id > ${after.id})`);
  }
  return sql`programs p CROSS JOIN deliveries d INDEXED BY deliveries_failed ON d.program_id = p.id
    WHERE ${all(conditions)}`;
}

/** Whether the link `l` is known to the network. AvantLink knows a merchant and no links. */
function hasOffer(network: NetworkName): Sql {
  return raw(network === "everflow" ? "l.everflow IS NOT NULL" : "TRUE");
}

export async function linkHasOffer(
  db: D1Database,
  link_id: number | null,
  network: NetworkName,
): Promise<boolean> {
  const link = sql`(SELECT ${link_id} AS id) k LEFT JOIN referral_links l ON l.id = k.id`;
  const found = await prepare(db, sql`SELECT ${hasOffer(network)} AS it_has FROM ${link}`).first<number>(
    "it_has",
  );
  return found === 1;
}

/** @returns undefined where there is no such program. */
export async function networkIsOn(
  db: D1Database,
  program_id: number,
  network: NetworkName,
): Promise<boolean | undefined> {
  const row = await prepare(
    db,
    sql`SELECT ${isOn(network)} AS is_on FROM programs p WHERE p.id = ${program_id}`,
  ).first<{ is_on: number }>();
  return row ? row.is_on === 1 : undefined;
}

function isOn(network: NetworkName): Sql {
  const settings = raw(`p.${network}`);
  return sql`(${settings} IS NOT NULL AND coalesce(${settings} ->> 'enabled', 1))`;
}

/** @returns how many of these were failed still and are due now. Their attempts and last words stay. */
export async function retryRows(
  db: D1Database,
  network: NetworkName,
  rows: Pick<FailedKey, "event_id">[],
  { next_attempt_at, give_up_at }: { next_attempt_at: number; give_up_at: number },
): Promise<number> {
  if (rows.length === 0) return 0;
  const ids = JSON.stringify(rows.map(({ event_id }) => event_id));
  const update = sql`UPDATE deliveries
    SET state = 'pending', next_attempt_at = ${next_attempt_at}, give_up_at = ${give_up_at}
    WHERE event_id IN (SELECT value FROM json_each(${ids})) AND network = ${network}
      AND state IN ('rejected', 'dead')`;
  return (await prepare(db, update).run()).meta.changes;
}
