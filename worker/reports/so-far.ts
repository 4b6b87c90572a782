import { raw, type Sql, sql } from "./sql.ts";

/** Named for their columns; human clicks, of them customers' first on a link, and bots. */
export const COUNTERS = ["clicks", "unique_clicks", "bot_clicks"] as const;
export type Counter = (typeof COUNTERS)[number];
export type Counts = Record<Counter, number>;

/**
 * How far a counter of `referral_links l` had come when the hour began: one row of link_hours, whatever the link's
 * history. A period is the difference of two. Sums of the hours would read a million rows for a year of 10,000 links.
 */
export function soFar(counter: Counter, hour: number | Sql): Sql {
  return sql`COALESCE((SELECT h.${raw(`${counter}_so_far`)} FROM link_hours h
    WHERE h.link_id = l.id AND h.hour < ${hour} ORDER BY h.hour DESC LIMIT 1), 0)`;
}

/** @param hours of hoursOf() */
export function inHours(counter: Counter, hours: { from: number; to: number }): Sql {
  const end = soFar(counter, hours.to);
  return hours.from <= 0 ? end : sql`(${end} - ${soFar(counter, hours.from)})`;
}
