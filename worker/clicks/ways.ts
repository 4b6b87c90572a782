/** What links and their programs say of networks, read when clicks are recorded: a change holds from then on. */

import type { Ways } from "../delivery/owed.ts";

export interface WaysRow {
  link_id: number;
  link_everflow: string | null;
  everflow: string | null;
  avantlink: string | null;
  honor_gpc: number;
}

export function selectWays(db: D1Database, linkIds: number[]): D1PreparedStatement {
  return db
    .prepare(
      `SELECT l.id AS link_id, l.everflow AS link_everflow, p.everflow, p.avantlink, p.honor_gpc
       FROM json_each(?) i JOIN referral_links l ON l.id = i.value JOIN programs p ON p.id = l.program_id`,
    )
    .bind(JSON.stringify(linkIds));
}

/** By link. A link that is gone meanwhile owes nobody. */
export function waysOf(rows: WaysRow[]): Map<number, Ways> {
  return new Map(
    rows.map((row) => [
      row.link_id,
      {
        everflow: row.everflow && row.link_everflow ? { enabled: enabled(row.everflow) } : null,
        avantlink: row.avantlink ? { enabled: enabled(row.avantlink) } : null,
        honor_gpc: row.honor_gpc === 1,
      },
    ]),
  );
}

function enabled(settings: string): boolean {
  return (JSON.parse(settings) as { enabled?: boolean }).enabled !== false;
}
