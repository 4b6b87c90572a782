/** Clicks of an earlier time with what became of their deliveries to Everflow, straight into D1. */

import type { Collector } from "../../../scripts/collector.ts";

export interface OldClicks {
  count: number;
  program_id: number;
  link_id: number;
  /** Unix ms, of all of them. */
  at: number;
  state: "delivered" | "rejected" | "dead";
  reason: string;
  /** Unix ms; the only attempt. */
  attempted_at?: number;
  /** Tells the ids of two calls apart. */
  series: number;
}

/** @returns the event ids. */
export async function insertOldClicks(
  { mf }: Pick<Collector, "mf">,
  { count, program_id, link_id, at, state, reason, attempted_at = at + 50, series }: OldClicks,
): Promise<string[]> {
  const db = await mf.getD1Database("DB");
  const second = Math.floor(at / 1000).toString(16);
  const ids = Array.from({ length: count }, (_, n) => {
    return second.padStart(8, "0") + series.toString(16).padStart(4, "0") + n.toString(16).padStart(20, "0");
  });
  const given = JSON.stringify(ids);
  const attempts = JSON.stringify([{ at: attempted_at, duration_ms: 40, status: 503, words: reason }]);
  await db.batch([
    db
      .prepare(
        `INSERT INTO affiliate_click_events (id, customer_id, at, dialect, program_id, link_id, is_unique, is_bot, gpc)
         SELECT value, value, ?2, 'affitor', ?3, ?4, 1, 0, 0 FROM json_each(?1)`,
      )
      .bind(given, at, program_id, link_id),
    db
      .prepare(
        `INSERT INTO deliveries (event_id, network, program_id, state, reason, lane, attempts, next_attempt_at, give_up_at)
         SELECT value, 'everflow', ?2, ?3, ?4, 0, ?5, ?6, ?6 FROM json_each(?1)`,
      )
      .bind(given, program_id, state, reason, attempts, at),
  ]);
  return ids;
}
