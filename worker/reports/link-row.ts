import type { z } from "zod";
import type { Link, ListedLink } from "./schemas/link.ts";

export type LinkAnswer = z.output<typeof Link>;
export type ListedLinkAnswer = z.output<typeof ListedLink>;
export type LinkRow = Omit<LinkAnswer, "everflow"> & { everflow: string | null };

/** Of `referral_links l LEFT JOIN partners p`; the counters are of all time or of a period, as the query decides. */
export const LINK_COLUMNS = `l.id, l.kind, l.code, l.program_id, l.partner_id, p.name AS partner_name,
  l.destination_url, l.status, l.everflow, l.everflow_tracking_url, l.last_clicked, l.created_at, l.updated_at`;

/** The counters of all time. */
export const TOTAL_COLUMNS = "l.clicks, l.unique_clicks, l.bot_clicks";

export function linkAnswer(row: LinkRow): LinkAnswer {
  return { ...row, everflow: row.everflow === null ? null : JSON.parse(row.everflow) };
}
