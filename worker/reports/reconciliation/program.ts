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

/** Programs that name a key for Everflow's API. */
export async function programsWithKey(db: D1Database): Promise<number[]> {
  const { results } = await db
    .prepare("SELECT id FROM programs WHERE everflow ->> '$.api_key_secret' IS NOT NULL ORDER BY id")
    .all<{ id: number }>();
  return results.map(({ id }) => id);
}
