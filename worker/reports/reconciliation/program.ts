/** What of a program is compared with Everflow: its settings, and its links by affiliate, as they are now. */

import type { ApiSettings } from "../../delivery/everflow-access.ts";

export interface ComparedProgram {
  id: number;
  settings: ApiSettings & { click_id_param?: string };
  affiliates: Affiliates;
}

/** Affiliate → offer → link, as Everflow numbers them. */
export type Affiliates = Map<number, Map<number, number>>;

/** @returns undefined where there is no such program; `settings` is null where it has nothing to do with Everflow. */
export async function comparedProgram(
  db: D1Database,
  id: number,
): Promise<ComparedProgram | { settings: null } | undefined> {
  const [programs, links] = (await db.batch([
    db.prepare("SELECT everflow FROM programs WHERE id = ?").bind(id),
    db
      .prepare(
        `SELECT id, everflow_offer_id AS offer, everflow_affiliate_id AS affiliate FROM referral_links
         WHERE program_id = ? AND everflow_offer_id IS NOT NULL`,
      )
      .bind(id),
  ])) as [D1Result<{ everflow: string | null }>, D1Result<{ id: number; offer: number; affiliate: number }>];
  const [program] = programs.results;
  if (!program) return undefined;
  if (program.everflow === null) return { settings: null };
  const affiliates: Affiliates = new Map();
  for (const link of links.results) {
    const offers = affiliates.get(link.affiliate) ?? new Map<number, number>();
    affiliates.set(link.affiliate, offers.set(link.offer, link.id));
  }
  return { id, settings: JSON.parse(program.everflow), affiliates };
}

/**
 * Programs that name a key for Everflow's API; first those of which an affiliate was not tried for the longest time.
 * @param first unix day: what was compared of days before it does not count.
 */
export async function programsWithKey(db: D1Database, first: number): Promise<number[]> {
  const { results } = await db
    .prepare(
      `WITH tried AS (SELECT program_id, affiliate_id, MAX(at) AS at FROM (${TRIED}) GROUP BY 1, 2)
       SELECT p.id, MIN(coalesce(t.at, 0)) AS at FROM programs p
       LEFT JOIN referral_links l ON l.program_id = p.id AND l.everflow_affiliate_id IS NOT NULL
       LEFT JOIN tried t ON t.program_id = p.id AND t.affiliate_id = l.everflow_affiliate_id
       WHERE p.everflow ->> '$.api_key_secret' IS NOT NULL GROUP BY p.id ORDER BY 2, 1`,
    )
    .bind(first)
    .all<{ id: number }>();
  return results.map(({ id }) => id);
}

/** Of a program's affiliates `all`, in the same order. */
export async function affiliatesInTurn(
  db: D1Database,
  { program_id, all, first }: { program_id: number; all: number[]; first: number },
): Promise<number[]> {
  const { results } = await db
    .prepare(`SELECT affiliate_id, MAX(at) AS at FROM (${TRIED}) WHERE program_id = ?2 GROUP BY 1`)
    .bind(first, program_id)
    .all<{ affiliate_id: number; at: number }>();
  const tried = new Map(results.map(({ affiliate_id, at }) => [affiliate_id, at]));
  return all.toSorted((one, other) => (tried.get(one) ?? 0) - (tried.get(other) ?? 0));
}

/** When affiliates were read, or could not be. ?1: the first day that counts. */
const TRIED = `SELECT r.program_id, r.affiliate_id, r.checked_at AS at FROM programs p
  CROSS JOIN reconciliation r ON r.program_id = p.id AND r.day >= ?1
  UNION ALL SELECT program_id, affiliate_id, at FROM reconciliation_faults`;
