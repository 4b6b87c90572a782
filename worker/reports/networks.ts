/** GET /networks: how each network takes what each program owes it. */

import { Hono } from "hono";
import type { z } from "zod";
import type { NetworkName } from "../click.ts";
import { couriersOf } from "../delivery/courier.ts";
import { couriersPerNetwork, type Env } from "../env.ts";
import type { AdminEnv } from "./context.ts";
import { type CsvColumns, isoTime } from "./csv.ts";
import type { Cursor } from "./cursor.ts";
import { list } from "./list.ts";
import { query } from "./query.ts";
import { NETWORKS, type NetworkHealth, NetworkQuery } from "./schemas/network.ts";
import { all, prepare, raw, type Sql, sql } from "./sql.ts";
import { together } from "./together.ts";

type NetworkAnswer = z.output<typeof NetworkHealth>;

/** Couriers asked for one page, of JSON or CSV: one that sleeps has to be started to be asked. */
const MOST_COURIERS = 100;

export const networks = new Hono<AdminEnv>().get("/networks", query(NetworkQuery), (c) => {
  const given = c.req.valid("query");
  const most = Math.max(1, Math.floor(MOST_COURIERS / couriersPerNetwork(c.env)));
  return list<NetworkAnswer>(
    c,
    { ...given, limit: Math.min(given.limit ?? most, most) },
    {
      order: "networks",
      columns: COLUMNS,
      cursor: ({ program_id, network }) => ({ key: program_id, id: network }),
      rows: async (limit, after) => {
        const select = selectDestinations(given.program_id, limit, after);
        const { results } = await prepare(c.env.DB, select).all<Destination>();
        return Promise.all(results.map((destination) => answer(c.env, destination)));
      },
    },
  );
});

interface Destination {
  program_id: number;
  network: NetworkName;
  settings: string | null;
  waiting: number;
  oldest_id: string | null;
  oldest_at: number | null;
}

/** Networks that a program has settings for, or owes something still. What waits is read from the index alone. */
function selectDestinations(program_id: number | undefined, limit: number, after: Cursor | undefined): Sql {
  const waiting = raw(`FROM deliveries d INDEXED BY deliveries_due
    WHERE d.state = 'pending' AND d.program_id = p.id AND d.network = n.value`);
  const settings = raw(
    `CASE n.value ${NETWORKS.map((name) => `WHEN '${name}' THEN p.${name}`).join(" ")} END`,
  );
  const conditions = [sql`(${settings} IS NOT NULL OR EXISTS (SELECT 1 ${waiting}))`];
  if (program_id !== undefined) conditions.push(sql`p.id = ${program_id}`);
  if (after) conditions.push(sql`(p.id, n.value) > (${after.key}, ${after.id})`);
  return sql`SELECT *, (SELECT at FROM affiliate_click_events WHERE id = oldest_id) AS oldest_at FROM (
      SELECT p.id AS program_id, n.value AS network, ${settings} AS settings,
        (SELECT COUNT(*) ${waiting}) AS waiting, (SELECT MIN(d.event_id) ${waiting}) AS oldest_id
      FROM programs p CROSS JOIN json_each(${JSON.stringify(NETWORKS)}) n
      WHERE ${all(conditions)} ORDER BY p.id, n.value LIMIT ${limit})
    ORDER BY program_id, network`;
}

async function answer(env: Env, { program_id, network, ...row }: Destination): Promise<NetworkAnswer> {
  const couriers = couriersOf(env, program_id, network);
  const healths = await Promise.all(couriers.map(({ stub }) => stub.health()));
  return {
    program_id,
    network,
    enabled: row.settings !== null && JSON.parse(row.settings).enabled !== false,
    waiting: row.waiting,
    oldest_waiting: row.oldest_id === null ? null : (row.oldest_at ?? secondOf(row.oldest_id)),
    ...together(healths),
  };
}

/** @returns unix ms. A click that is no longer kept has left its second, at the beginning of its id. */
function secondOf(eventId: string): number {
  return Number.parseInt(eventId.slice(0, 8), 16) * 1000;
}

const COLUMNS: CsvColumns<NetworkAnswer> = {
  program_id: ({ program_id }) => program_id,
  network: ({ network }) => network,
  enabled: ({ enabled }) => enabled,
  waiting: ({ waiting }) => waiting,
  oldest_waiting: ({ oldest_waiting }) => isoTime(oldest_waiting),
  delivered: ({ last_hour }) => last_hour.delivered,
  rejected: ({ last_hour }) => last_hour.rejected,
  dead: ({ last_hour }) => last_hour.dead,
  retried: ({ last_hour }) => last_hour.retried,
  latency_p50_ms: ({ latency_ms }) => latency_ms.p50,
  latency_p95_ms: ({ latency_ms }) => latency_ms.p95,
  circuit: ({ circuit }) => circuit.state,
  circuit_failures: ({ circuit }) => circuit.failures,
  circuit_open_until: ({ circuit }) => isoTime(circuit.open_until),
};
