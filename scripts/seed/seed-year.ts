/** Fills a database with a year of a program's life: what the Worker would have recorded, by the Worker's own code. */

import type { DatabaseSync } from "node:sqlite";
import type { Click } from "../../worker/click.ts";
import { links, partners } from "./catalogue.ts";
import { Clicks } from "./clicks.ts";
import { insertCatalogue } from "./insert-catalogue.ts";
import { seededRandom } from "./random.ts";
import { reconcileLastDays } from "./reconciliation.ts";
import { clicksByDay, timesOfDay } from "./rhythm.ts";
import { settle } from "./settle.ts";
import { type SqliteD1, sqliteD1 } from "./sqlite-d1.ts";

export interface YearOptions {
  clicks: number;
  links: number;
  days: number;
  /** Unix ms: the year ends here. */
  now: number;
  /** The same seed and `now` make the same rows. */
  seed: number;
  /** Settings of the programs: addresses of the networks, which must be nobody's. */
  networks: { everflow: object; avantlink: object };
  /** Told after each day. */
  progress?: (clicks: number) => void;
}

const DAY_MS = 86_400_000;
const LINKS_PER_PARTNER = 25;
/** Recorded together: enough to share the cost of a transaction, and few enough to hold, however long the year. */
const AT_ONCE = 4_000;
const GIVE_UP_AFTER_MS = 48 * 3_600_000;

type Record = (
  db: SqliteD1,
  clicks: Click[],
  options: { give_up_after_ms: number },
) => Promise<{ refused: unknown[] }>;

export async function seedYear(database: DatabaseSync, options: YearOptions): Promise<void> {
  // By its address, so that these scripts are not checked by the Worker's types, which are not Node's.
  const { record } = (await import(new URL("../../worker/clicks/record.ts", import.meta.url).href)) as {
    record: Record;
  };
  const random = seededRandom(options.seed);
  const partnerCount = Math.max(3, Math.ceil(options.links / LINKS_PER_PARTNER));
  const allPartners = partners(partnerCount, random);
  const placed = insertCatalogue(database, allPartners, links(options.links, allPartners, random), options);
  const clicks = new Clicks(placed, allPartners, random);
  const d1 = sqliteD1(database);
  const begin = options.now - options.days * DAY_MS;
  let done = 0;
  for (const day of clicksByDay(options.clicks, options.days, options.now, random)) {
    const times = timesOfDay(day.start, day.clicks, options.now, random);
    for (let i = 0; i < times.length; i += AT_ONCE) {
      const group = times
        .slice(i, i + AT_ONCE)
        .map((at) => clicks.next(at, Math.max(0, at - begin) / (options.now - begin)));
      const { refused } = await record(d1, group, { give_up_after_ms: GIVE_UP_AFTER_MS });
      if (refused.length > 0) throw new Error(`The database refused ${refused.length} clicks`);
      recordedSoon(database, group);
      settle(database, group, options.now, random);
    }
    done += times.length;
    options.progress?.(done);
  }
  reconcileLastDays(database, placed, options.now, random);
}

/** As an Intake's alarm does it, some 200 ms after each click. */
function recordedSoon(database: DatabaseSync, clicks: Click[]): void {
  database
    .prepare("UPDATE affiliate_click_events SET recorded_at = at + 120 + at % 120 WHERE id >= ? AND id <= ?")
    .run(clicks[0]!.id.slice(0, 8), `${clicks.at(-1)!.id.slice(0, 8)}g`);
}
