/** Links by the thousand, straight into a collector's database, with clicks in this period of thirty days and the one before. */

import type { Collector } from "../../../scripts/collector.ts";

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

export interface ManyLinks {
  programId: number;
  /** Without a slash at the end: the destinations are below it. */
  site: string;
  count: number;
}

/**
 * Codes are bulk-0001 and on; every tenth is inactive. The nth of the first hundred has 1000 − n clicks three days ago,
 * 800 of them unique, with n bots; forty days ago it had 500 clicks, 400 of them unique, with 5 bots.
 */
export async function addManyLinks({ mf }: Collector, { programId, site, count }: ManyLinks): Promise<void> {
  const db = await mf.getD1Database("DB");
  const now = Date.now();
  const hour = Math.floor(now / HOUR_MS) - 3 * DAY_HOURS;
  const before = hour - 37 * DAY_HOURS;
  const clicked = "FROM referral_links l WHERE l.code LIKE 'bulk-%' AND l.clicks > 0";
  const nth = "CAST(substr(l.code, 6) AS INTEGER)";
  const sums = (clicks: string, unique: number, bots: string) => `${clicks}, ${unique}, ${bots}`;
  const statements = [
    `INSERT INTO partners (name, api_key_hash, created_at, updated_at) VALUES ('Bulk & Sons <b>', 'none', ${now}, ${now})`,
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
     INSERT INTO referral_links (code, program_id, partner_id, destination_url, status, clicks, unique_clicks,
       bot_clicks, last_clicked, created_at, updated_at)
     SELECT printf('bulk-%04d', n), ${programId}, (SELECT id FROM partners WHERE api_key_hash = 'none'),
       '${site}/page/' || n, iif(n % 10 = 0, 'inactive', 'active'), iif(n > 100, 0, 1500 - n), iif(n > 100, 0, 1200),
       iif(n > 100, 0, n + 5), iif(n > 100, NULL, ${hour * HOUR_MS}), ${now} - n, ${now} FROM numbers`,
    `INSERT INTO link_hours SELECT l.id, ${before}, ${sums("500", 400, "5")}, ${sums("500", 400, "5")} ${clicked}`,
    `INSERT INTO link_hours SELECT l.id, ${hour}, ${sums(`1000 - ${nth}`, 800, nth)}, l.clicks, l.unique_clicks,
       l.bot_clicks ${clicked}`,
    `INSERT INTO program_hours SELECT ${programId}, h.hour, SUM(h.clicks), SUM(h.unique_clicks), SUM(h.bot_clicks)
     FROM link_hours h WHERE h.hour IN (${hour}, ${before}) GROUP BY h.hour`,
  ];
  await db.batch(statements.map((statement) => db.prepare(statement)));
}
