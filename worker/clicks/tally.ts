/**
 * The sums of one batch of clicks, and the statements that add them to what is there: a link's counters, its hours and
 * its dimensions by day, the same of its program, the partner's metrics in the program. One row written for each sum,
 * however many clicks went into it.
 */

import type { Click } from "../click.ts";
import {
  ADD_TO_LATER_HOURS,
  ADD_TO_LINK_HOURS,
  ADD_TO_LINKS,
  ADD_TO_METRICS,
  ADD_TO_PROGRAM_HOURS,
  addToDimensions,
} from "./add-sums.ts";
import { type Device, landingPage, summedName, summedValue } from "./derive.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Of one dimension and day: anybody can name any number of referrers. A batch may go past it, once. */
const MAX_VALUES = 500;
/** Later than any hour that is counted. */
const NEVER = Number.MAX_SAFE_INTEGER;

interface Sum {
  key: unknown[];
  clicks: number;
  unique_clicks: number;
  bot_clicks: number;
  last_clicked: number;
}

type Sums = Map<string, Sum>;

export class Tally {
  readonly #links: Sums = new Map();
  readonly #hours: Sums = new Map();
  readonly #dimensions: Sums = new Map();
  readonly #metrics: Sums = new Map();
  readonly #programHours: Sums = new Map();
  readonly #programDimensions: Sums = new Map();

  add(click: Click, device: Device, is_unique: boolean, referrer_host: string): void {
    const one = { at: click.at, is_bot: device.is_bot, is_unique };
    const { link_id, program_id, partner_id } = click;
    const hour = Math.floor(click.at / HOUR_MS);
    count(this.#links, [link_id], one);
    count(this.#hours, [link_id, hour], one);
    count(this.#programHours, [program_id, hour], one);
    if (partner_id !== null) count(this.#metrics, [program_id, partner_id], one);
    if (device.is_bot) return;
    const day = Math.floor(click.at / DAY_MS);
    const dimensions = {
      country: click.visitor.country ?? "",
      device: device.device_type,
      browser: summedName.browser(device.browser),
      os: summedName.os(device.os),
      referrer: referrer_host,
      landing_page: landingPage(click.page.page_url),
    };
    for (const [dimension, given] of Object.entries(dimensions)) {
      const value = summedValue(given);
      count(this.#dimensions, [link_id, dimension, day, value], one);
      count(this.#programDimensions, [program_id, dimension, day, value], one);
    }
  }

  statements(db: D1Database): D1PreparedStatement[] {
    const added: [string, Sums][] = [
      [ADD_TO_LINKS, this.#links],
      [ADD_TO_LINK_HOURS, this.#hours],
      [ADD_TO_PROGRAM_HOURS, this.#programHours],
      [ADD_TO_LINK_DIMENSIONS, this.#dimensions],
      [ADD_TO_PROGRAM_DIMENSIONS, this.#programDimensions],
      [ADD_TO_METRICS, this.#metrics],
    ];
    const statements = added
      .filter(([, sums]) => sums.size > 0)
      .map(([statement, sums]) => db.prepare(statement).bind(rows([...sums.values()])));
    return [...statements, db.prepare(ADD_TO_LATER_HOURS).bind(rows(steps(this.#hours)))];
  }
}

const ADD_TO_LINK_DIMENSIONS = addToDimensions("link_dimension_days", "link_id", MAX_VALUES);
const ADD_TO_PROGRAM_DIMENSIONS = addToDimensions("program_dimension_days", "program_id", MAX_VALUES);

function count(sums: Sums, key: unknown[], one: { at: number; is_bot: boolean; is_unique: boolean }): void {
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

/**
 * What a link's later hours have missed: shards record in no common order. A step is what this batch adds to the hours
 * after `key[1]` up to and with `key[2]`; the steps of a link do not overlap.
 */
function steps(hours: Sums): Sum[] {
  const byLink = Map.groupBy(hours.values(), ({ key }) => key[0]);
  return [...byLink.values()].flatMap((sums) => {
    sums.sort((a, b) => (a.key[1] as number) - (b.key[1] as number));
    const soFar = { clicks: 0, unique_clicks: 0, bot_clicks: 0, last_clicked: 0 };
    return sums.map(({ key, ...sum }, i) => {
      soFar.clicks += sum.clicks;
      soFar.unique_clicks += sum.unique_clicks;
      soFar.bot_clicks += sum.bot_clicks;
      return { ...soFar, key: [...key, sums[i + 1]?.key[1] ?? NEVER] };
    });
  });
}

/** [clicks, unique, bots, last or null, ...key] for each sum, as JSON. */
function rows(sums: Sum[]): string {
  return JSON.stringify(
    sums.map((sum) => [sum.clicks, sum.unique_clicks, sum.bot_clicks, sum.last_clicked || null, ...sum.key]),
  );
}
