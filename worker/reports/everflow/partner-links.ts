/** A partner's links as the report needs them. */

import { prepare, type Sql, sql } from "../sql.ts";

/** The link's own Everflow parameters: what a click has where its landing URL said nothing. */
export type LinkDefaults = Readonly<Record<string, string>>;

export interface PartnerLink {
  id: number;
  code: string;
  active: boolean;
  /** 0 where the link has no Everflow offer. */
  offer_id: number;
  /** The program's. */
  offer_name: string;
  defaults: LinkDefaults;
  /** Recorded clicks of all time, bots included. */
  clicks: number;
}

export interface PartnerLinks {
  links: PartnerLink[];
  /** Recorded clicks of everybody's links. */
  all_clicks: number;
  rows_read: number;
}

interface LinkRow {
  id: number;
  code: string;
  status: string;
  everflow: string | null;
  everflow_offer_id: number | null;
  clicks: number;
  program_name: string | null;
  program_status: string | null;
}

export async function partnerLinks(db: D1Database, partnerId: number): Promise<PartnerLinks> {
  const [links, all] = (await db.batch([
    prepare(db, selectLinks(sql`l.partner_id = ${partnerId}`)),
    db.prepare("SELECT COALESCE(SUM(clicks + bot_clicks), 0) AS clicks FROM referral_links"),
  ])) as [D1Result<LinkRow>, D1Result<{ clicks: number }>];
  return {
    links: links.results.map(linkOf),
    all_clicks: all.results[0]!.clicks,
    rows_read: links.meta.rows_read + all.meta.rows_read,
  };
}

/** One of them alone, whatever else there is. @returns no link where it is not, or no longer, the partner's. */
export async function partnerLink(
  db: D1Database,
  partnerId: number,
  linkId: number,
): Promise<Omit<PartnerLinks, "all_clicks">> {
  const one = selectLinks(sql`l.id = ${linkId} AND l.partner_id = ${partnerId}`);
  const { results, meta } = await prepare(db, one).all<LinkRow>();
  return { links: results.map(linkOf), rows_read: meta.rows_read };
}

function selectLinks(condition: Sql): Sql {
  return sql`SELECT l.id, l.code, l.status, l.everflow, l.everflow_offer_id, l.clicks + l.bot_clicks AS clicks,
      p.name AS program_name, p.status AS program_status
    FROM referral_links l LEFT JOIN programs p ON p.id = l.program_id WHERE ${condition}`;
}

function linkOf(row: LinkRow): PartnerLink {
  const everflow: Record<string, unknown> = row.everflow === null ? {} : JSON.parse(row.everflow);
  return {
    id: row.id,
    code: row.code,
    active: row.status === "active" && row.program_status === "active",
    offer_id: row.everflow_offer_id ?? 0,
    offer_name: row.program_name ?? "",
    defaults: Object.fromEntries(Object.entries(everflow).map(([name, value]) => [name, String(value)])),
    clicks: row.clicks,
  };
}
