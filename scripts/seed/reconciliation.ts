import type { DatabaseSync } from "node:sqlite";
import type { Placed } from "./clicks.ts";
import type { Random } from "./random.ts";

const DAY_MS = 86_400_000;
const DAYS = 30;
/** The busiest: a comparison lists every link on every day. */
const LINKS = 40;

/** Everflow's report of the last thirty days, of the busiest links: nearly all that was sent is in it. */
export function reconcileLastDays(
  database: DatabaseSync,
  placed: Placed[],
  now: number,
  random: Random,
): void {
  const today = Math.floor(now / DAY_MS);
  const ids = placed.map(({ id }) => id);
  const sent = database
    .prepare(
      `WITH busiest AS MATERIALIZED (
         SELECT id, everflow_affiliate_id FROM referral_links
         WHERE id >= ? AND id <= ? AND everflow IS NOT NULL ORDER BY clicks DESC LIMIT ${LINKS})
       SELECT d.program_id, e.at / ${DAY_MS} AS day, l.everflow_affiliate_id AS affiliate_id, l.id AS link_id,
         COUNT(*) AS sent
       FROM busiest l CROSS JOIN affiliate_click_events e ON e.link_id = l.id AND e.at >= ? AND e.at < ?
         CROSS JOIN deliveries d ON d.event_id = e.id AND d.network = 'everflow' AND d.state = 'delivered'
       GROUP BY day, l.id ORDER BY day, l.id`,
    )
    .all(ids[0]!, ids.at(-1)!, (today - DAYS) * DAY_MS, today * DAY_MS) as unknown as Sent[];
  const insert = database.prepare(
    "INSERT INTO reconciliation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
  );
  database.exec("BEGIN");
  for (const { program_id, day, affiliate_id, link_id, sent: count } of sent) {
    const missing = random.chance(0.04) ? 1 : 0;
    const duplicates = random.chance(0.05) ? 1 : 0;
    const unclear = random.chance(0.02) ? 1 : 0;
    const checked = Math.min(now, (day + 1) * DAY_MS + DAY_MS / 4);
    const recorded = count - missing;
    const end = (day + 1) * DAY_MS;
    insert.run(
      program_id,
      day,
      affiliate_id,
      link_id,
      count,
      recorded,
      missing,
      0,
      duplicates,
      unclear,
      end,
      checked,
    );
  }
  database.exec("COMMIT");
}

interface Sent {
  program_id: number;
  day: number;
  affiliate_id: number;
  link_id: number;
  sent: number;
}
