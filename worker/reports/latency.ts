/** GET /networks/latency: how long networks took to answer, hour by hour. The couriers keep it, beside their health. */

import { Hono } from "hono";
import type { z } from "zod";
import type { NetworkName } from "../click.ts";
import { couriersOf } from "../delivery/courier.ts";
import { type HourlyLatencies, percentile } from "../delivery/health.ts";
import { couriersPerNetwork } from "../env.ts";
import type { AdminEnv } from "./context.ts";
import { query } from "./query.ts";
import { refuse } from "./refusal.ts";
import { type HourlyLatency, LatencyQuery, NETWORKS } from "./schemas/network.ts";
import { all, prepare, raw, type Sql, sql } from "./sql.ts";

type Query = z.output<typeof LatencyQuery>;
type Hour = z.output<typeof HourlyLatency>;

const HOUR_MS = 3_600_000;
/** One that sleeps has to be started to be asked. */
const MOST_COURIERS = 100;

export const latency = new Hono<AdminEnv>().get("/networks/latency", query(LatencyQuery), async (c) => {
  const given = c.req.valid("query");
  const most = Math.max(1, Math.floor(MOST_COURIERS / couriersPerNetwork(c.env)));
  const { results } = await prepare(c.env.DB, selectDestinations(given, most + 1)).all<Destination>();
  if (results.length > most) {
    const error = `program_id must be given: more than ${most} destinations would have to be asked`;
    return refuse(c, { kind: "invalid", field: "program_id", error });
  }
  const stubs = results.flatMap(({ program_id, network }) => couriersOf(c.env, program_id, network));
  const told = await Promise.all(stubs.map(({ stub }) => stub.latencies(given.hours)));
  return c.json({ data: hourly(told, given.hours, Date.now()) });
});

interface Destination {
  program_id: number;
  network: NetworkName;
}

/** Of a program that is named also those without settings: they may have been taken away today. */
function selectDestinations({ program_id, network }: Query, limit: number): Sql {
  const has = raw(`CASE n.value ${NETWORKS.map((name) => `WHEN '${name}' THEN p.${name}`).join(" ")} END`);
  const conditions = [program_id === undefined ? sql`${has} IS NOT NULL` : sql`p.id = ${program_id}`];
  if (network !== undefined) conditions.push(sql`n.value = ${network}`);
  return sql`SELECT p.id AS program_id, n.value AS network
    FROM programs p CROSS JOIN json_each(${JSON.stringify(NETWORKS)}) n WHERE ${all(conditions)} LIMIT ${limit}`;
}

/** @returns every hour, oldest first, the one under way last. Pure. */
export function hourly(told: HourlyLatencies[], hours: number, now: number): Hour[] {
  const last = Math.floor(now / HOUR_MS);
  return Array.from({ length: hours }, (_, i) => {
    const hour = last - hours + 1 + i;
    const sums: Record<string, number> = {};
    for (const each of told) {
      for (const [ms, n] of Object.entries(each[hour] ?? {})) sums[ms] = (sums[ms] ?? 0) + n;
    }
    const attempts = Object.values(sums).reduce((sum, n) => sum + n, 0);
    return { t: hour * HOUR_MS, p50: percentile(sums, 0.5), p95: percentile(sums, 0.95), attempts };
  });
}
