/**
 * Recorded: moves kept clicks into D1, each once, and with them what is owed to networks. One batch() is one
 * transaction: events, customers, counters, rollups and outbox stand or fall together, and a click that is there
 * already is left out of all of them, so that a batch repeated after an unclear failure changes nothing.
 */

import type { Click, NetworkName } from "../click.ts";
import { type NewDelivery, owe } from "../delivery/outbox.ts";
import type { Ways } from "../delivery/owed.ts";
import { asciiJson } from "./ascii-json.ts";
import { deviceOf, referrerHost } from "./derive.ts";
import { newDeliveries } from "./new-deliveries.ts";
import { Tally } from "./tally.ts";
import { selectWays, type WaysRow, waysOf } from "./ways.ts";

export interface Refused {
  click: Click;
  error: unknown;
}

export interface RecordOptions {
  /** From a click to the last attempt to deliver it. */
  give_up_after_ms: number;
  /** Unix ms: recorded_at of these clicks. */
  now: number;
}

/** A program's network that has got something to be delivered. */
export interface Debt {
  program_id: number;
  network: NetworkName;
}

export interface Recorded {
  /** Whose couriers are to be woken. */
  debts: Debt[];
  /** Clicks that D1 refuses for what they are: such a one must not hold up the rest. */
  refused: Refused[];
  /** As D1 counts and bills them, indexes included. */
  rows_written: number;
}

/**
 * What D1 says of a row that it will never take. Anything else, a lost connection, an overload, a schema that is not
 * there yet, says nothing of any click.
 */
const NEVER = /SQLITE_(?:CONSTRAINT|TOOBIG|MISMATCH)/;

/** @throws when D1 fails for any other reason than a click: nothing is known of the batch then, and it may be repeated. */
export async function record(db: D1Database, clicks: Click[], options: RecordOptions): Promise<Recorded> {
  try {
    return await recordTogether(db, clicks, options);
  } catch (error) {
    if (!NEVER.test(String(error))) throw error;
    if (clicks.length === 1) return { refused: [{ click: clicks[0]!, error }], rows_written: 0, debts: [] };
    // Also the way out of two shards that record one click at once: each half looks again what is there.
    const half = clicks.length >> 1;
    const first = await record(db, clicks.slice(0, half), options);
    const second = await record(db, clicks.slice(half), options);
    return {
      refused: [...first.refused, ...second.refused],
      rows_written: first.rows_written + second.rows_written,
      debts: [...first.debts, ...second.debts],
    };
  }
}

async function recordTogether(db: D1Database, clicks: Click[], options: RecordOptions): Promise<Recorded> {
  const { recorded, seen, ways } = await whatIsThere(db, clicks);
  const events: unknown[][] = [];
  const customers: unknown[][] = [];
  const deliveries: NewDelivery[] = [];
  const tally = new Tally();
  for (const click of clicks) {
    // Also catches an id that stands twice in this batch.
    if (recorded.has(click.id)) continue;
    recorded.add(click.id);
    const device = deviceOf(click.visitor.user_agent);
    const visit = visitOf(click);
    const is_unique = !device.is_bot && !seen.has(visit);
    if (is_unique) seen.add(visit);
    const referrer_host = referrerHost(click);
    events.push(eventRow(click, device, is_unique, referrer_host, options.now));
    // A bot's click moves no attribution.
    if (!device.is_bot || click.id === click.customer_id) customers.push(customerRow(click));
    tally.add(click, device, is_unique, referrer_host);
    deliveries.push(...newDeliveries(click, ways.get(click.link_id), device.is_bot, false, options));
  }
  if (events.length === 0) return { refused: [], rows_written: 0, debts: [] };
  const owing = owe(db, deliveries);
  const results = await db.batch([
    db.prepare(INSERT_EVENTS).bind(asciiJson(events)),
    db.prepare(UPSERT_CUSTOMERS).bind(asciiJson(customers)),
    ...tally.statements(db),
    ...(owing ? [owing] : []),
  ]);
  return {
    refused: [],
    rows_written: results.reduce((sum, result) => sum + (result.meta.rows_written ?? 0), 0),
    debts: debtsOf(deliveries),
  };
}

function debtsOf(deliveries: NewDelivery[]): Debt[] {
  const debts = new Map<string, Debt>();
  for (const { program_id, network, withheld } of deliveries) {
    if (!withheld) debts.set(`${program_id} ${network}`, { program_id, network });
  }
  return [...debts.values()];
}

/**
 * Which of these clicks D1 has, and which of their customers it has seen on which link: look-ups by key, at most
 * one row for each, however many clicks a customer has made.
 */
async function whatIsThere(
  db: D1Database,
  clicks: Click[],
): Promise<{ recorded: Set<string>; seen: Set<string>; ways: Map<number, Ways> }> {
  const visits = new Map(clicks.map((click) => [visitOf(click), [click.customer_id, click.link_id]]));
  // A customer's first click has the customer's id, the others are in the partial index.
  const ids = new Set(clicks.flatMap((click) => [click.id, click.customer_id]));
  const [byId, returning, links] = (await db.batch([
    db
      .prepare(
        `SELECT e.id, e.customer_id, e.link_id, e.is_bot
         FROM json_each(?) c JOIN affiliate_click_events e ON e.id = c.value`,
      )
      .bind(JSON.stringify([...ids])),
    db.prepare(SELECT_RETURNING).bind(JSON.stringify([...visits.values()])),
    selectWays(db, [...new Set(clicks.map((click) => click.link_id))]),
  ])) as [D1Result<ThereRow>, D1Result<Visit>, D1Result<WaysRow>];
  return {
    recorded: new Set(byId.results.map((row) => row.id)),
    seen: new Set([...byId.results.filter((row) => !row.is_bot), ...returning.results].map(visitOf)),
    ways: waysOf(links.results),
  };
}

interface Visit {
  customer_id: string;
  link_id: number;
}

interface ThereRow extends Visit {
  id: string;
  is_bot: number;
}

function visitOf({ customer_id, link_id }: Visit): string {
  return `${customer_id} ${link_id}`;
}

const SELECT_RETURNING = `
  SELECT v.value ->> 0 AS customer_id, v.value ->> 1 AS link_id FROM json_each(?) v
  WHERE EXISTS (SELECT 1 FROM affiliate_click_events e
    WHERE e.customer_id = v.value ->> 0 AND e.link_id = v.value ->> 1 AND e.is_bot = 0 AND e.customer_id <> e.id)`;

/** Column → value of an event, in the order of the row. */
function eventRow(
  { page, visitor, ...click }: Click,
  device: ReturnType<typeof deviceOf>,
  is_unique: boolean,
  referrer_host: string,
  recorded_at: number,
): unknown[] {
  const values: Record<(typeof EVENT_COLUMNS)[number], unknown> = {
    id: click.id,
    customer_id: click.customer_id,
    at: click.at,
    dialect: click.dialect,
    program_id: click.program_id,
    partner_id: click.partner_id,
    link_id: click.link_id,
    is_unique: Number(is_unique),
    is_bot: Number(device.is_bot),
    gpc: Number(visitor.gpc),
    event_id: click.event_id,
    affiliate_url: page.affiliate_url,
    page_url: page.page_url,
    page_title: page.page_title,
    referrer_url: page.referrer_url,
    session_id: page.session_id,
    user_agent: visitor.user_agent,
    screen_resolution: page.screen_resolution,
    viewport_size: page.viewport_size,
    language: page.language ?? visitor.language,
    timezone: page.timezone,
    params: hasAny(click.params) ? JSON.stringify(click.params) : null,
    ip: visitor.ip,
    continent: visitor.continent,
    country: visitor.country,
    region: visitor.region,
    region_code: visitor.region_code,
    city: visitor.city,
    postal_code: visitor.postal_code,
    dma: visitor.dma,
    geo_timezone: visitor.geo_timezone,
    asn: visitor.asn,
    as_organization: visitor.as_organization,
    device_type: device.device_type,
    device_brand: device.device_brand,
    device_model: device.device_model,
    os: device.os,
    os_version: device.os_version,
    browser: device.browser,
    browser_version: device.browser_version,
    referrer_host,
    kept_at: click.kept_at,
    recorded_at,
  };
  return EVENT_COLUMNS.map((column) => values[column] ?? null);
}

const EVENT_COLUMNS = [
  "id",
  "customer_id",
  "at",
  "dialect",
  "program_id",
  "partner_id",
  "link_id",
  "is_unique",
  "is_bot",
  "gpc",
  "event_id",
  "affiliate_url",
  "page_url",
  "page_title",
  "referrer_url",
  "session_id",
  "user_agent",
  "screen_resolution",
  "viewport_size",
  "language",
  "timezone",
  "params",
  "ip",
  "continent",
  "country",
  "region",
  "region_code",
  "city",
  "postal_code",
  "dma",
  "geo_timezone",
  "asn",
  "as_organization",
  "device_type",
  "device_brand",
  "device_model",
  "os",
  "os_version",
  "browser",
  "browser_version",
  "referrer_host",
  "kept_at",
  "recorded_at",
] as const;

/**
 * The statement for rows that come as one JSON array of arrays. A row that is there fails it: see record().
 * Rendered and parsed once a row: straight from json_each, SQLite does both again for every column.
 */
const INSERT_EVENTS = `WITH event AS MATERIALIZED (SELECT jsonb(value) AS v FROM json_each(?1))
  INSERT INTO affiliate_click_events (${EVENT_COLUMNS.join(", ")})
  SELECT ${EVENT_COLUMNS.map((_, i) => `v ->> ${i}`).join(", ")} FROM event`;

function customerRow(click: Click): unknown[] {
  return [
    click.customer_id,
    click.program_id,
    click.link_id,
    click.partner_id,
    click.at,
    click.customer_created_at,
  ];
}

// Shards record in no common order, so the times of the clicks decide, not the order of arrival.
const TAKES_OVER = `CASE (SELECT attribution_model FROM programs WHERE id = customers.program_id)
    WHEN 'first_click' THEN excluded.attributed_at < customers.attributed_at
    ELSE excluded.attributed_at >= customers.attributed_at END`;

const UPSERT_CUSTOMERS = `
  WITH customer AS MATERIALIZED (SELECT jsonb(value) AS v FROM json_each(?1))
  INSERT INTO customers (id, program_id, link_id, partner_id, attributed_at, created_at, last_clicked)
  SELECT v ->> 0, v ->> 1, v ->> 2, v ->> 3, v ->> 4, v ->> 5, v ->> 4 FROM customer WHERE true
  ON CONFLICT (id) DO UPDATE SET
    link_id = CASE WHEN ${TAKES_OVER} THEN excluded.link_id ELSE link_id END,
    partner_id = CASE WHEN ${TAKES_OVER} THEN excluded.partner_id ELSE partner_id END,
    attributed_at = CASE WHEN ${TAKES_OVER} THEN excluded.attributed_at ELSE attributed_at END,
    last_clicked = max(last_clicked, excluded.last_clicked)`;

function hasAny(object: object): boolean {
  for (const _ in object) return true;
  return false;
}
