/** GET /links: referral links with their counters, sorted, searched and paged by key. */

import { Hono } from "hono";
import type { z } from "zod";
import type { AdminEnv } from "./context.ts";
import { type CsvColumns, isoTime } from "./csv.ts";
import type { Cursor } from "./cursor.ts";
import { hoursOf, previousPeriod } from "./hours.ts";
import { linkFilter } from "./link-filter.ts";
import { LINK_COLUMNS, type LinkRow, type ListedLinkAnswer, linkAnswer } from "./link-row.ts";
import { list } from "./list.ts";
import { query } from "./query.ts";
import { LinkQuery, type LinkSort } from "./schemas/link.ts";
import { COUNTERS, type Counter, type Counts, inHours } from "./so-far.ts";
import { prepare, raw, type Sql, sql } from "./sql.ts";

type Query = z.output<typeof LinkQuery>;
type Row = LinkRow & { previous?: string };

export const linkList = new Hono<AdminEnv>().get("/links", query(LinkQuery), (c) => {
  const given = c.req.valid("query");
  const sort = given.sort.replace("-", "") as LinkSort;
  return list<ListedLinkAnswer>(c, given, {
    order: `links ${given.sort}`,
    columns: given.compare ? { ...COLUMNS, ...PREVIOUS_COLUMNS } : COLUMNS,
    cursor: (link) => ({ key: link[sort] ?? 0, id: link.id }),
    rows: async (limit, after) => {
      const statement = prepare(c.env.DB, selectLinks(given, sort, { limit, after }, Date.now()));
      return (await statement.all<Row>()).results.map(listedLink);
    },
  });
});

function listedLink({ previous, ...row }: Row): ListedLinkAnswer {
  const link = linkAnswer(row);
  return previous === undefined ? link : { ...link, previous: JSON.parse(previous) as Counts };
}

/** The page's ids first, by the sort key alone, then everything else of those few. */
function selectLinks(
  given: Query,
  sort: LinkSort,
  { limit, after }: { limit: number; after: Cursor | undefined },
  now: number,
): Sql {
  const descending = given.sort.startsWith("-");
  const direction = raw(descending ? "DESC" : "ASC");
  const beyond = after
    ? sql`WHERE (key, id) ${raw(descending ? "<" : ">")} (${after.key}, ${after.id})`
    : raw("");
  const counter = counterOf(given);
  return sql`
    WITH page AS (
      SELECT id, key FROM (
        SELECT l.id, ${isCounter(sort) ? counter(sort) : sortKey(sort)} AS key
        FROM referral_links l LEFT JOIN partners p ON p.id = l.partner_id WHERE ${linkFilter(given)}
      ) ${beyond} ORDER BY key ${direction}, id ${direction} LIMIT ${limit}
    )
    SELECT ${raw(LINK_COLUMNS)}, ${counter("clicks")} AS clicks, ${counter("unique_clicks")} AS unique_clicks,
      ${counter("bot_clicks")} AS bot_clicks${previousOf(given, now)}
    FROM page JOIN referral_links l ON l.id = page.id LEFT JOIN partners p ON p.id = l.partner_id
    ORDER BY page.key ${direction}, page.id ${direction}`;
}

function isCounter(sort: LinkSort): sort is Counter {
  return (COUNTERS as readonly string[]).includes(sort);
}

function sortKey(sort: LinkSort): Sql {
  return raw(`COALESCE(${sort === "partner_name" ? "p.name" : `l.${sort}`}, 0)`);
}

/** @returns what a link's counter is in this list: of the period, or of all time. */
function counterOf(given: Query): (name: Counter) => Sql {
  if (given.from === undefined && given.to === undefined) return (name) => raw(`l.${name}`);
  const hours = hoursOf(given);
  return (name) => inHours(name, hours);
}

function previousOf({ compare, from, to }: Query, now: number): Sql {
  if (!compare || from === undefined || to === undefined) return raw("");
  const hours = hoursOf(previousPeriod({ from, to }, now));
  const [clicks, unique, bots] = COUNTERS.map((name) => inHours(name, hours));
  return sql`, json_object('clicks', ${clicks}, 'unique_clicks', ${unique}, 'bot_clicks', ${bots}) AS previous`;
}

const COLUMNS: CsvColumns<ListedLinkAnswer> = {
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

const PREVIOUS_COLUMNS: CsvColumns<ListedLinkAnswer> = {
  previous_clicks: (link) => link.previous?.clicks,
  previous_unique_clicks: (link) => link.previous?.unique_clicks,
  previous_bot_clicks: (link) => link.previous?.bot_clicks,
};
