/** Reads a partner's clicks for the report, newest first, with no index but those that recording needs anyway. */

import { idAt } from "../../clicks/id-at.ts";
import { prepare, raw, type Sql, sql } from "../sql.ts";
import { clickConditions, type Filter, filteredLinks } from "./filters.ts";
import type { PartnerLink, PartnerLinks } from "./partner-links.ts";
import type { Period } from "./period.ts";

export const MAX_ROWS = 5_000;

/**
 * A click found through the index of its link costs as much as nine read in the order of time (3.0 and 0.35 µs,
 * measured at a million), so the index pays for partners with less than a ninth of all clicks.
 */
const FEW = 1 / 9;

export interface ReportRow {
  id: string;
  at: number;
  link_id: number;
  is_unique: number;
  is_bot: number;
  referrer_url: string | null;
  language: string | null;
  params: string | null;
  ip: string | null;
  country: string | null;
  region: string | null;
  region_code: string | null;
  city: string | null;
  postal_code: string | null;
  dma: number | null;
  geo_timezone: string | null;
  as_organization: string | null;
  device_type: string | null;
  device_brand: string | null;
  device_model: string | null;
  os: string | null;
  os_version: string | null;
  browser: string | null;
  browser_version: string | null;
}

const COLUMNS = raw(`e.id, e.at, e.link_id, e.is_unique, e.is_bot, e.referrer_url, e.language, e.params, e.ip,
  e.country, e.region, e.region_code, e.city, e.postal_code, e.dma, e.geo_timezone, e.as_organization,
  e.device_type, e.device_brand, e.device_model, e.os, e.os_version, e.browser, e.browser_version`);

export interface ReportQuery {
  partner_id: number;
  period: Period;
  filters: Filter[];
  exclusions: Filter[];
}

/** @returns at most 5,000 rows, newest first, and what D1 read for them. */
export async function newestRows(
  db: D1Database,
  query: ReportQuery,
  { links, all_clicks }: PartnerLinks,
): Promise<{ rows: ReportRow[]; rows_read: number }> {
  const chosen = filteredLinks(links, query.filters, query.exclusions);
  if (chosen.length === 0) return { rows: [], rows_read: 0 };
  const clicks = chosen.reduce((sum, link) => sum + link.clicks, 0);
  const select = clicks < all_clicks * FEW ? selectByLink : selectByTime;
  const conditions = clickConditions(chosen, query.filters, query.exclusions);
  const { results, meta } = await prepare(db, select(query, chosen, conditions)).all<ReportRow>();
  // Ids know the second alone.
  const rows = results.toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  return { rows, rows_read: meta.rows_read };
}

/** One click of a partner's own. */
export async function rowOf(
  db: D1Database,
  partnerId: number,
  id: string,
): Promise<{ row: ReportRow | undefined; rows_read: number }> {
  const { results, meta } = await prepare(
    db,
    sql`SELECT ${COLUMNS} FROM affiliate_click_events e WHERE e.id = ${id} AND e.partner_id = ${partnerId}`,
  ).all<ReportRow>();
  return { row: results[0], rows_read: meta.rows_read };
}

/** Sorted in the index alone, so that only the rows which are answered are read as a whole. */
function selectByLink({ period }: ReportQuery, links: PartnerLink[], conditions: Sql): Sql {
  return sql`SELECT ${COLUMNS} FROM affiliate_click_events e WHERE e.id IN (
      SELECT e.id FROM json_each(${ids(links)}) l CROSS JOIN affiliate_click_events e
        INDEXED BY affiliate_click_events_link ON e.link_id = l.value
      WHERE e.at >= ${period.from} AND e.at < ${period.to} AND ${conditions}
      ORDER BY e.at DESC, e.id DESC LIMIT ${MAX_ROWS}
    )`;
}

/**
 * Walks the primary key backwards and stops at the last row wanted. A click's id begins with its second and a period
 * has whole seconds, so the ids alone say which clicks are in it. The plus keeps SQLite from the link's index.
 */
function selectByTime({ period, partner_id }: ReportQuery, links: PartnerLink[], conditions: Sql): Sql {
  return sql`SELECT ${COLUMNS} FROM affiliate_click_events e
    WHERE e.id >= ${idAt(period.from)} AND e.id < ${idAt(period.to)} AND e.partner_id = ${partner_id}
      AND ${conditions} AND +e.link_id IN (SELECT value FROM json_each(${ids(links)}))
    ORDER BY e.id DESC LIMIT ${MAX_ROWS}`;
}

function ids(links: PartnerLink[]): string {
  return JSON.stringify(links.map(({ id }) => id));
}
