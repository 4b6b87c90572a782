/**
 * The sums of one batch of clicks, and the statements that add them to what is there: a link's counters, its
 * hours, its dimensions by day, the partner's metrics in the program. One row written for each sum, however many
 * clicks went into it.
 */

import type { Click } from "../click.ts";
import { type Device, OTHER, summedNames } from "./derive.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Of a rolled-up value: a referrer's host can be as long as a page likes. */
const VALUE_LENGTH = 100;
/** Of one dimension, link and day: anybody can name any number of referrers. A batch may go past it, once. */
const MAX_VALUES = 500;

interface Sum {
  key: unknown[];
  clicks: number;
  unique_clicks: number;
  bot_clicks: number;
  last_clicked: number;
}

export class Tally {
  readonly #links = new Map<string, Sum>();
  readonly #hours = new Map<string, Sum>();
  readonly #dimensions = new Map<string, Sum>();
  readonly #metrics = new Map<string, Sum>();

  add(click: Click, device: Device, is_unique: boolean, referrer_host: string): void {
    const one = { at: click.at, is_bot: device.is_bot, is_unique };
    count(this.#links, [click.link_id], one);
    count(this.#hours, [click.link_id, Math.floor(click.at / HOUR_MS)], one);
    if (click.partner_id !== null) count(this.#metrics, [click.program_id, click.partner_id], one);
    if (device.is_bot) return;
    const day = Math.floor(click.at / DAY_MS);
    const dimensions = {
      country: click.visitor.country ?? "",
      device: device.device_type,
      ...summedNames(device),
      referrer: referrer_host,
    };
    for (const [dimension, value] of Object.entries(dimensions)) {
      count(this.#dimensions, [click.link_id, day, dimension, cut(value)], one);
    }
  }

  statements(db: D1Database): D1PreparedStatement[] {
    const statements = [
      db.prepare(ADD_TO_LINKS).bind(rows(this.#links)),
      db.prepare(ADD_TO_HOURS).bind(rows(this.#hours)),
    ];
    if (this.#dimensions.size > 0)
      statements.push(db.prepare(ADD_TO_DIMENSIONS).bind(rows(this.#dimensions)));
    if (this.#metrics.size > 0) statements.push(db.prepare(ADD_TO_METRICS).bind(rows(this.#metrics)));
    return statements;
  }
}

/** A surrogate pair on the boundary is dropped whole: half of one cannot be stored as UTF-8. */
function cut(value: string): string {
  return value.slice(0, VALUE_LENGTH).replace(/[\ud800-\udbff]$/, "");
}

function count(
  sums: Map<string, Sum>,
  key: unknown[],
  one: { at: number; is_bot: boolean; is_unique: boolean },
): void {
  const name = key.join("\n");
  let sum = sums.get(name);
  if (!sum) {
    sum = { key, clicks: 0, unique_clicks: 0, bot_clicks: 0, last_clicked: 0 };
    sums.set(name, sum);
  }
  if (one.is_bot) {
    sum.bot_clicks++;
    return;
  }
  sum.clicks++;
  if (one.is_unique) sum.unique_clicks++;
  sum.last_clicked = Math.max(sum.last_clicked, one.at);
}

/** [clicks, unique, bots, last or null, ...key] for each sum, as JSON. */
function rows(sums: Map<string, Sum>): string {
  return JSON.stringify(
    Array.from(sums.values(), (sum) => [
      sum.clicks,
      sum.unique_clicks,
      sum.bot_clicks,
      sum.last_clicked || null,
      ...sum.key,
    ]),
  );
}

const ADD_TO_LINKS = `
  UPDATE referral_links SET
    clicks = clicks + (d.value ->> 0),
    unique_clicks = unique_clicks + (d.value ->> 1),
    bot_clicks = bot_clicks + (d.value ->> 2),
    last_clicked = coalesce(max(last_clicked, d.value ->> 3), last_clicked, d.value ->> 3)
  FROM json_each(?1) d WHERE referral_links.id = d.value ->> 4`;

const ADD_TO_HOURS = `
  INSERT INTO link_hours (clicks, unique_clicks, bot_clicks, link_id, hour)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 4, value ->> 5 FROM json_each(?1) WHERE true
  ON CONFLICT (link_id, hour) DO UPDATE SET
    clicks = clicks + excluded.clicks,
    unique_clicks = unique_clicks + excluded.unique_clicks,
    bot_clicks = bot_clicks + excluded.bot_clicks`;

const ADD_TO_DIMENSIONS = `
  INSERT INTO link_dimension_days (clicks, unique_clicks, link_id, day, dimension, value)
  SELECT n.value ->> 0, n.value ->> 1, n.value ->> 4, n.value ->> 5, n.value ->> 6, CASE
    WHEN EXISTS (SELECT 1 FROM link_dimension_days d WHERE d.link_id = n.value ->> 4 AND d.day = n.value ->> 5
      AND d.dimension = n.value ->> 6 AND d.value = n.value ->> 7) THEN n.value ->> 7
    WHEN EXISTS (SELECT 1 FROM link_dimension_days d WHERE d.link_id = n.value ->> 4 AND d.day = n.value ->> 5
      AND d.dimension = n.value ->> 6 LIMIT 1 OFFSET ${MAX_VALUES - 1}) THEN '${OTHER}'
    ELSE n.value ->> 7 END
  FROM json_each(?1) n WHERE true
  ON CONFLICT (link_id, day, dimension, value) DO UPDATE SET
    clicks = clicks + excluded.clicks,
    unique_clicks = unique_clicks + excluded.unique_clicks`;

const ADD_TO_METRICS = `
  INSERT INTO partner_program_metrics (clicks, unique_clicks, bot_clicks, last_clicked, program_id, partner_id)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?1) WHERE true
  ON CONFLICT (program_id, partner_id) DO UPDATE SET
    clicks = clicks + excluded.clicks,
    unique_clicks = unique_clicks + excluded.unique_clicks,
    bot_clicks = bot_clicks + excluded.bot_clicks,
    last_clicked = coalesce(max(last_clicked, excluded.last_clicked), last_clicked, excluded.last_clicked)`;
