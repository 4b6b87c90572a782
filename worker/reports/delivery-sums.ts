/**
 * GET /deliveries/reasons: why deliveries failed or were held back. GET /deliveries/counts: how many are in which state.
 *
 * No index has reasons, and those by state are partial, since every delivery would pay for more: what failed or waits
 * is counted in them. For all else the newest rows are looked through, up to a number, and the answer says whether these
 * were all.
 */

import { Hono } from "hono";
import type { z } from "zod";
import type { NetworkName } from "../click.ts";
import { clickedIn } from "./clicked-in.ts";
import type { AdminEnv } from "./context.ts";
import { query } from "./query.ts";
import { CountsQuery, type DeliveryReasons, ReasonsQuery } from "./schemas/delivery.ts";
import { NETWORKS } from "./schemas/network.ts";
import { all, prepare, raw, type Sql, sql } from "./sql.ts";

type Reasons = z.output<typeof DeliveryReasons>;
/** States that no index has. */
const WALKED = ["delivered", "withheld"] as const;
type Walked = (typeof WALKED)[number];

/** Failed ones are found by their index, then looked up one by one: 20,000 in some 35 ms. */
const MOST_FAILED = 20_000;
/** All others are met on a walk back in time: 200,000 in some 50 ms. */
const MOST_WALKED = 200_000;
const MOST_REASONS = 100;
const DAY_MS = 86_400_000;

export const deliverySums = new Hono<AdminEnv>()
  .get("/deliveries/reasons", query(ReasonsQuery), async (c) => {
    const { state, ...scope } = c.req.valid("query");
    return c.json(await reasons(c.env.DB, state === "withheld" ? withheld(scope) : failed(scope, state)));
  })
  .get("/deliveries/counts", query(CountsQuery), async (c) => {
    const now = Date.now();
    const { from, to, ...scope } = c.req.valid("query");
    return c.json(await counts(c.env.DB, scope, { from: from ?? (to ?? now) - DAY_MS, to }));
  });

interface Scope {
  program_id?: number | undefined;
  network?: NetworkName | undefined;
}

/** Of the click, unix ms. */
interface Period {
  from?: number | undefined;
  to?: number | undefined;
}

interface Looked {
  /** The rows that are looked through, one more than may be. */
  rows: Sql;
  most: number;
  /** Those of them that are asked for. */
  asked: Sql;
}

async function reasons(db: D1Database, { rows, most, asked }: Looked): Promise<Reasons> {
  const [found, looked] = (await db.batch([
    prepare(
      db,
      sql`SELECT reason, COUNT(*) AS deliveries FROM (${rows}) WHERE ${asked}
        GROUP BY reason ORDER BY deliveries DESC, reason LIMIT ${MOST_REASONS + 1}`,
    ),
    prepare(db, sql`SELECT COUNT(*) AS n FROM (${rows})`),
  ])) as [D1Result<Reasons["data"][number]>, D1Result<{ n: number }>];
  return {
    data: found.results.slice(0, MOST_REASONS),
    counted_all: looked.results[0]!.n <= most && found.results.length <= MOST_REASONS,
  };
}

/** The newest of one destination; of several, of which there may be many thousands, some of each in turn. */
function failed({ program_id, network, ...period }: Scope & Period, state: "rejected" | "dead"): Looked {
  // SQLite takes a partial index only where its condition stands in the query word for word.
  const conditions = [sql`d.state IN ('rejected', 'dead') AND d.state = ${state}`, ...clickedIn(period)];
  const one = program_id !== undefined && network !== undefined;
  if (program_id !== undefined) conditions.push(sql`${raw(one ? "d.program_id" : "p.id")} = ${program_id}`);
  if (network !== undefined) conditions.push(sql`${raw(one ? "d.network" : "n.value")} = ${network}`);
  const from = one
    ? raw("deliveries d INDEXED BY deliveries_failed")
    : sql`programs p CROSS JOIN json_each(${JSON.stringify(NETWORKS)}) n
        CROSS JOIN deliveries d INDEXED BY deliveries_failed ON d.program_id = p.id AND d.network = n.value`;
  const newest = raw(one ? "ORDER BY d.event_id DESC" : "");
  const rows = sql`SELECT d.reason FROM ${from} WHERE ${all(conditions)} ${newest} LIMIT ${MOST_FAILED + 1}`;
  return { rows, most: MOST_FAILED, asked: raw("TRUE") };
}

function withheld(scope: Scope & Period): Looked {
  const rows = walked(raw("d.reason, d.state, d.program_id, d.network"), all(clickedIn(scope)));
  return { rows, most: MOST_WALKED, asked: sql`state = 'withheld' AND ${inScope(scope)}` };
}

async function counts(db: D1Database, scope: Scope, period: Period) {
  const rows = walked(sql`iif(${inScope(scope)}, d.state, NULL) AS state`, all(clickedIn(period)));
  const sums = raw(
    WALKED.map((state) => `COUNT(*) FILTER (WHERE state = '${state}') AS ${state}`).join(", "),
  );
  // One transaction: what is settled meanwhile is not counted twice.
  const [newest, exact] = (await db.batch([
    prepare(db, sql`SELECT COUNT(*) AS looked, ${sums} FROM (${rows})`),
    prepare(db, countFailedAndPending(scope, period)),
  ])) as [
    D1Result<Record<Walked | "looked", number>>,
    D1Result<Record<"pending" | "rejected" | "dead", number>>,
  ];
  const { looked, ...counted } = newest.results[0]!;
  return { ...exact.results[0]!, ...counted, counted_all: looked <= MOST_WALKED };
}

/** From the partial indexes alone, whose conditions this repeats word for word: what was delivered is not in them. */
function countFailedAndPending({ program_id, network }: Scope, period: Period): Sql {
  const conditions = clickedIn(period);
  if (program_id !== undefined) conditions.push(sql`p.id = ${program_id}`);
  if (network !== undefined) conditions.push(sql`n.value = ${network}`);
  const where = all(conditions);
  const destinations = sql`programs p CROSS JOIN json_each(${JSON.stringify(NETWORKS)}) n`;
  const ofDestination = raw("ON d.program_id = p.id AND d.network = n.value");
  const failed = (state: "rejected" | "dead") => sql`(SELECT COUNT(*) FROM ${destinations}
    CROSS JOIN deliveries d INDEXED BY deliveries_failed ${ofDestination}
    WHERE d.state IN ('rejected', 'dead') AND d.state = ${state} AND ${where})`;
  return sql`SELECT (SELECT COUNT(*) FROM ${destinations}
    CROSS JOIN deliveries d INDEXED BY deliveries_due ${ofDestination} WHERE d.state = 'pending' AND ${where}) AS pending,
    ${failed("rejected")} AS rejected, ${failed("dead")} AS dead`;
}

/** On the primary key, which begins with the time. */
function walked(columns: Sql, condition: Sql): Sql {
  return sql`SELECT ${columns} FROM deliveries d NOT INDEXED WHERE ${condition}
    ORDER BY d.event_id DESC, d.network DESC LIMIT ${MOST_WALKED + 1}`;
}

function inScope({ program_id, network }: Scope): Sql {
  const conditions: Sql[] = [];
  if (program_id !== undefined) conditions.push(sql`program_id = ${program_id}`);
  if (network !== undefined) conditions.push(sql`network = ${network}`);
  return all(conditions);
}
