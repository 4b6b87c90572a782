/** GET /links: referral links with their counters, sorted, searched and paged by key. */

import { Hono } from "hono";
import type { z } from "zod";
import type { AdminEnv } from "./context.ts";
import { type CsvColumns, isoTime } from "./csv.ts";
import type { Cursor } from "./cursor.ts";
import { hoursOf } from "./hours.ts";
import { LINK_COLUMNS, type LinkAnswer, type LinkRow, linkAnswer } from "./link-row.ts";
import { list } from "./list.ts";
import { query } from "./query.ts";
import { LinkQuery, type LinkSort } from "./schemas/link.ts";
import { all, prepare, raw, type Sql, sql } from "./sql.ts";

type Query = z.output<typeof LinkQuery>;

export const linkList = new Hono<AdminEnv>().get("/links", query(LinkQuery), (c) => {
  const given = c.req.valid("query");
  const sort = given.sort.replace("-", "") as LinkSort;
  return list<LinkAnswer>(c, given, {
    order: `links ${given.sort}`,
    columns: COLUMNS,
    cursor: (link) => ({ key: link[sort] ?? 0, id: link.id }),
    rows: async (limit, after) => {
      const statement = prepare(c.env.DB, selectLinks(given, sort, limit, after));
      return (await statement.all<LinkRow>()).results.map(linkAnswer);
    },
  });
});

/**
 * The page's ids first, by the sort key alone, then everything else of those few. A counter of a period is a range of
 * link_hours' primary key for each link: 10,000 links take 5 to 25 ms, and no further index, which every click would pay.
 */
function selectLinks(given: Query, sort: LinkSort, limit: number, after: Cursor | undefined): Sql {
  const descending = given.sort.startsWith("-");
  const direction = raw(descending ? "DESC" : "ASC");
  const beyond = after
    ? sql`WHERE (key, id) ${raw(descending ? "<" : ">")} (${after.key}, ${after.id})`
    : raw("");
  const periodic = given.from !== undefined || given.to !== undefined;
  const counter = (name: Counter) => (periodic ? inPeriod(name, given) : raw(`l.${name}`));
  return sql`
    WITH page AS (
      SELECT id, key FROM (
        SELECT l.id, ${isCounter(sort) ? counter(sort) : raw(`COALESCE(l.${sort}, 0)`)} AS key
        FROM referral_links l LEFT JOIN partners p ON p.id = l.partner_id WHERE ${all(filters(given))}
      ) ${beyond} ORDER BY key ${direction}, id ${direction} LIMIT ${limit}
    )
    SELECT ${raw(LINK_COLUMNS)}, ${counter("clicks")} AS clicks, ${counter("unique_clicks")} AS unique_clicks,
      ${counter("bot_clicks")} AS bot_clicks
    FROM page JOIN referral_links l ON l.id = page.id LEFT JOIN partners p ON p.id = l.partner_id
    ORDER BY page.key ${direction}, page.id ${direction}`;
}

function filters({ program_id, partner_id, status, q }: Query): Sql[] {
  const conditions: Sql[] = [];
  if (program_id !== undefined) conditions.push(sql`l.program_id = ${program_id}`);
  if (partner_id !== undefined) conditions.push(sql`l.partner_id = ${partner_id}`);
  if (status !== undefined) conditions.push(sql`l.status = ${status}`);
  if (q) {
    // Not LIKE: D1 refuses patterns over 50 bytes.
    const texts = ["l.code", "l.destination_url", "p.name"];
    const found = texts.map((text) => sql`instr(lower(${raw(text)}), lower(${q})) > 0`);
    conditions.push(sql`(${found[0]} OR ${found[1]} OR ${found[2]})`);
  }
  return conditions;
}

const COUNTERS = ["clicks", "unique_clicks", "bot_clicks"] as const;
type Counter = (typeof COUNTERS)[number];

function isCounter(sort: LinkSort): sort is Counter {
  return (COUNTERS as readonly string[]).includes(sort);
}

function inPeriod(counter: Counter, period: Query): Sql {
  const hours = hoursOf(period);
  return sql`(SELECT COALESCE(SUM(h.${raw(counter)}), 0) FROM link_hours h
    WHERE h.link_id = l.id AND h.hour >= ${hours.from} AND h.hour < ${hours.to})`;
}

const COLUMNS: CsvColumns<LinkAnswer> = {
  id: (link) => link.id,
  kind: (link) => link.kind,
  code: (link) => link.code,
  program_id: (link) => link.program_id,
  partner_id: (link) => link.partner_id,
  partner_name: (link) => link.partner_name,
  destination_url: (link) => link.destination_url,
  status: (link) => link.status,
  everflow_offer_id: (link) => link.everflow?.offer_id,
  everflow_affiliate_id: (link) => link.everflow?.affiliate_id,
  clicks: (link) => link.clicks,
  unique_clicks: (link) => link.unique_clicks,
  bot_clicks: (link) => link.bot_clicks,
  last_clicked: (link) => isoTime(link.last_clicked),
  created_at: (link) => isoTime(link.created_at),
  updated_at: (link) => isoTime(link.updated_at),
};
