/**
 * What a courier did: in the last hour, counts and latencies by minute; in the week before, latencies by hour. In its
 * own storage. `now` is passed in.
 */

import type { Circuit } from "./circuit.ts";
import type { DeliveryState } from "./outbox.ts";

const MINUTE_MS = 60_000;
/** Written into SQL, not bound: what is bound is floating point, and divided by it minutes are hours with fractions. */
const MINUTES = 60;
/** Hours that latencies are kept for. */
export const LATENCY_HOURS = 168;
/** Latencies are kept in buckets, each 1.25 times as wide as the one before: percentiles within a quarter. */
const BUCKET_GROWTH = 1.25;

export interface Health {
  circuit: { state: "closed" | "open" | "half_open"; failures: number; open_until: number | null };
  last_hour: Record<"delivered" | "rejected" | "dead" | "retried", number>;
  /** Attempts of the last hour by the upper bound of their latency's bucket in ms → how many. */
  latencies: Record<string, number>;
}

/** Unix hour → attempts by the upper bound of their latency's bucket in ms → how many. */
export type HourlyLatencies = Record<number, Record<string, number>>;

export class HealthLog {
  readonly #sql: SqlStorage;
  /** By minute and kind. */
  readonly #unwritten = new Map<number, Map<string, number>>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`CREATE TABLE IF NOT EXISTS minutes (
      minute INTEGER NOT NULL, kind TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (minute, kind)) WITHOUT ROWID`);
    // JSON: the latencies. One row an hour, made of its minutes when they are over, so that an attempt costs none.
    sql.exec("CREATE TABLE IF NOT EXISTS hours (hour INTEGER PRIMARY KEY, latencies TEXT NOT NULL)");
  }

  /** Counted in memory until write(). */
  add(state: DeliveryState, duration_ms: number, now: number): void {
    const minute = Math.floor(now / MINUTE_MS);
    const bucket = Math.ceil(Math.log(Math.max(duration_ms, 1)) / Math.log(BUCKET_GROWTH));
    this.#count(minute, state === "pending" ? "retried" : state);
    this.#count(minute, `ms${Math.round(BUCKET_GROWTH ** bucket)}`);
  }

  #count(minute: number, kind: string): void {
    const kinds = this.#unwritten.get(minute) ?? new Map<string, number>();
    this.#unwritten.set(minute, kinds.set(kind, (kinds.get(kind) ?? 0) + 1));
  }

  /** Many attempts are a few rows. @returns how many were written */
  write(now: number): number {
    if (this.#unwritten.size === 0) return 0;
    const counts = [...this.#unwritten].flatMap(([minute, kinds]) =>
      [...kinds].map(([kind, n]) => [minute, kind, n]),
    );
    this.#unwritten.clear();
    const added = this.#sql.exec(
      `INSERT INTO minutes (minute, kind, n)
       SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true
       ON CONFLICT (minute, kind) DO UPDATE SET n = n + excluded.n`,
      JSON.stringify(counts),
    );
    return added.rowsWritten + this.#rollUp(Math.floor(now / MINUTE_MS / MINUTES));
  }

  /** Whole hours that the last sixty minutes cannot reach any more. @returns how many rows were written */
  #rollUp(hour: number): number {
    const until = (hour - 1) * MINUTES;
    const oldest = this.#sql
      .exec<{ minute: number | null }>("SELECT MIN(minute) AS minute FROM minutes")
      .one();
    if (oldest.minute === null || oldest.minute >= until) return 0;
    const rolled = this.#sql.exec(
      `INSERT OR IGNORE INTO hours (hour, latencies)
       SELECT hour, json_group_object(substr(kind, 3), n) FROM (
         SELECT minute / ${MINUTES} AS hour, kind, SUM(n) AS n FROM minutes
         WHERE minute < ? AND kind LIKE 'ms%' GROUP BY 1, 2)
       GROUP BY hour`,
      until,
    );
    const minutes = this.#sql.exec("DELETE FROM minutes WHERE minute < ?", until);
    const hours = this.#sql.exec("DELETE FROM hours WHERE hour <= ?", hour - LATENCY_HOURS);
    return rolled.rowsWritten + minutes.rowsWritten + hours.rowsWritten;
  }

  /** Of the last so many hours, the one under way included; those without attempts are left out. */
  hours(count: number, now: number): HourlyLatencies {
    this.write(now);
    const first = Math.floor(now / MINUTE_MS / MINUTES) - count + 1;
    const found: HourlyLatencies = {};
    for (const { hour, latencies } of this.#sql.exec<{ hour: number; latencies: string }>(
      `SELECT hour, latencies FROM hours WHERE hour >= ?1
       UNION ALL
       SELECT hour, json_group_object(substr(kind, 3), n) FROM (
         SELECT minute / ${MINUTES} AS hour, kind, SUM(n) AS n FROM minutes
         WHERE minute >= ?1 * ${MINUTES} AND kind LIKE 'ms%' GROUP BY 1, 2)
       GROUP BY hour`,
      first,
    )) {
      found[hour] ??= JSON.parse(latencies);
    }
    return found;
  }

  summary(circuit: Circuit, now: number): Health {
    this.write(now);
    const last_hour = { delivered: 0, rejected: 0, dead: 0, retried: 0 };
    const latencies: Record<string, number> = {};
    for (const { kind, n } of this.#sql.exec<{ kind: string; n: number }>(
      "SELECT kind, SUM(n) AS n FROM minutes WHERE minute > ? GROUP BY kind",
      Math.floor(now / MINUTE_MS) - MINUTES,
    )) {
      if (kind.startsWith("ms")) latencies[kind.slice(2)] = n;
      else if (kind in last_hour) last_hour[kind as keyof typeof last_hour] = n;
    }
    const open = circuit.open_until > 0;
    return {
      circuit: {
        state: open ? (circuit.open_until > now ? "open" : "half_open") : "closed",
        failures: circuit.failures,
        open_until: open ? circuit.open_until : null,
      },
      last_hour,
      latencies,
    };
  }
}

/** Sums of several couriers' latencies. @returns ms, the upper bound of the bucket; null without attempts. */
export function percentile(latencies: Record<string, number>, share: number): number | null {
  const buckets = Object.entries(latencies).map(([ms, n]) => [Number(ms), n] as const);
  buckets.sort(([a], [b]) => a - b);
  let left = buckets.reduce((sum, [, n]) => sum + n, 0) * share;
  for (const [ms, n] of buckets) {
    left -= n;
    if (left <= 0) return ms;
  }
  return null;
}
