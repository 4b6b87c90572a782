import type { z } from "zod";
import { clickedIn } from "./clicked-in.ts";
import type { Cursor } from "./cursor.ts";
import { type DeliveryRow, selectPage } from "./delivery-row.ts";
import type { DeliveryQuery } from "./schemas/delivery.ts";
import { NETWORKS } from "./schemas/network.ts";
import { all, prepare, raw, type Sql, sql } from "./sql.ts";

type Query = z.output<typeof DeliveryQuery>;

/** Up to here those that wait are sorted; beyond, they are no longer rare, and soon met on the way back in time. */
const FEW_WAITING = 20_000;

/**
 * Reads deliveries, newest click first, with no index but those that delivering needs anyway: every delivered click
 * would pay for another one.
 *
 * Failed ones stand in their index in this order, destination by destination. Waiting ones stand in theirs by when
 * they are due, so they are sorted while they are few. All others are found on the primary key, which begins with the
 * time, from its end: at worst, where next to nothing fits, a million rows in some 120 ms.
 */
export async function newestDeliveries(
  db: D1Database,
  given: Query,
  limit: number,
  after: Cursor | undefined,
): Promise<DeliveryRow[]> {
  const conditions = clickedIn(given);
  if (after) conditions.push(sql`(d.event_id, d.network) < (${after.key}, ${after.id})`);
  const page = sql`${await selectKeys(db, given, all(conditions), limit)}
    ORDER BY event_id DESC, network DESC LIMIT ${limit}`;
  return (await prepare(db, selectPage(page)).all<DeliveryRow>()).results;
}

async function selectKeys(db: D1Database, given: Query, conditions: Sql, limit: number): Promise<Sql> {
  switch (given.state) {
    case "rejected":
    case "dead":
      return failed(given, conditions, limit);
    case "pending":
      return (await fewWait(db, given)) ? waiting(given, conditions) : byTime(given, conditions);
    default:
      return byTime(given, conditions);
  }
}

/** Of each destination no more than the page takes, however many there are: SQLite would read and sort them all. */
function failed(given: Query, conditions: Sql, limit: number): Sql {
  // SQLite takes a partial index only where its condition stands in the query word for word.
  return sql`SELECT k.value AS event_id, n.value AS network FROM ${DESTINATIONS} CROSS JOIN json_each((
      SELECT json_group_array(event_id) FROM (
        SELECT d.event_id FROM deliveries d INDEXED BY deliveries_failed
        WHERE d.program_id = p.id AND d.network = n.value AND d.state IN ('rejected', 'dead')
          AND d.state = ${given.state} AND ${conditions}
        ORDER BY d.event_id DESC LIMIT ${limit}
      ))) k
    WHERE ${inScope(given)}`;
}

function waiting(given: Query, conditions: Sql): Sql {
  return sql`SELECT d.event_id, d.network FROM ${DESTINATIONS}
      CROSS JOIN deliveries d INDEXED BY deliveries_due ON d.program_id = p.id AND d.network = n.value
    WHERE ${inScope(given)} AND d.state = 'pending' AND ${conditions}`;
}

async function fewWait(db: D1Database, given: Query): Promise<boolean> {
  const { results } = await prepare(
    db,
    sql`SELECT COUNT(*) AS n FROM (${waiting(given, raw("TRUE"))} LIMIT ${FEW_WAITING + 1})`,
  ).all<{ n: number }>();
  return results[0]!.n <= FEW_WAITING;
}

/** CROSS JOIN keeps SQLite to this order, so that what follows is one range of an index for each destination. */
const DESTINATIONS = raw(`programs p CROSS JOIN json_each('${JSON.stringify(NETWORKS)}') n`);

function inScope({ program_id, network }: Query): Sql {
  const conditions: Sql[] = [];
  if (program_id !== undefined) conditions.push(sql`p.id = ${program_id}`);
  if (network !== undefined) conditions.push(sql`n.value = ${network}`);
  return all(conditions);
}

function byTime({ program_id, network, state }: Query, condition: Sql): Sql {
  const conditions = [condition];
  if (program_id !== undefined) conditions.push(sql`d.program_id = ${program_id}`);
  if (network !== undefined) conditions.push(sql`d.network = ${network}`);
  // The plus keeps the indexes by state out of this.
  if (state !== undefined) conditions.push(sql`+d.state = ${state}`);
  return sql`SELECT d.event_id, d.network FROM deliveries d WHERE ${all(conditions)}`;
}
