/** Fills a database with a year of a program's life: what the Worker would have recorded, by the Worker's own code. */

import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Click } from "../../worker/click.ts";
import { links, PROGRAMS, partners, type SeedLink, type SeedPartner } from "./catalogue.ts";
import { Clicks, type Placed } from "./clicks.ts";
import { outcome } from "./outcomes.ts";
import { seededRandom } from "./random.ts";
import { reconcileLastDays } from "./reconciliation.ts";
import { clicksByDay, timesOfDay } from "./rhythm.ts";
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
/** Everflow's numbers of offers and affiliates begin here, clear of the demo's. */
const FIRST_OFFER = 31_000;
const FIRST_AFFILIATE = 5_000;

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
      settle(database, group, options.now, random);
    }
    done += times.length;
    options.progress?.(done);
  }
  reconcileLastDays(database, placed, options.now, random);
}

/** @returns the links as they stand in the database. */
function insertCatalogue(
  database: DatabaseSync,
  partners: SeedPartner[],
  links: SeedLink[],
  { now, days, networks }: YearOptions,
): Placed[] {
  const begin = now - days * DAY_MS;
  const program = database.prepare(
    `INSERT INTO programs (name, landing_url, domains, everflow, avantlink, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
  );
  const domain = database.prepare("INSERT INTO program_domains (domain, program_id) VALUES (?, ?)");
  const builtIn = database.prepare(
    `INSERT INTO referral_links (kind, code, program_id, destination_url, created_at, updated_at)
     VALUES ('avantlink', 'avantlink', ?, ?, ?, ?)`,
  );
  // Nobody has the key that this would be the hash of.
  const partner = database.prepare(
    "INSERT INTO partners (name, api_key_hash, created_at, updated_at) VALUES (?, ?, ?, ?) RETURNING id",
  );
  const link = database.prepare(
    `INSERT INTO referral_links (code, program_id, partner_id, destination_url, status, everflow, everflow_offer_id,
       everflow_affiliate_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
  );
  database.exec("BEGIN");
  const programIds = PROGRAMS.map(({ name, domain: host, networks: used }) => {
    const url = `https://${host}/`;
    const settings = (network: "everflow" | "avantlink") =>
      used.includes(network) ? JSON.stringify(networks[network]) : null;
    const hosts = JSON.stringify([host]);
    const id = idOf(program.get(name, url, hosts, settings("everflow"), settings("avantlink"), begin, begin));
    domain.run(host, id);
    builtIn.run(id, url, begin, begin);
    return id;
  });
  const partnerIds = partners.map(({ name, slug }) =>
    idOf(partner.get(name, createHash("sha256").update(`demo ${slug}`).digest("hex"), begin, begin)),
  );
  const placed = links.map((made, i) => {
    const { domain, networks: used } = PROGRAMS[made.program]!;
    const program_id = programIds[made.program]!;
    const partner_id = partnerIds[made.partner]!;
    const at = Math.floor(begin + made.from * (now - begin));
    const everflow = used.includes("everflow")
      ? {
          offer_id: FIRST_OFFER + Math.floor(i / partners.length),
          affiliate_id: FIRST_AFFILIATE + made.partner,
        }
      : undefined;
    const id = idOf(
      link.get(
        made.code,
        program_id,
        partner_id,
        `https://${domain}${made.path}`,
        made.active ? "active" : "inactive",
        everflow ? JSON.stringify(everflow) : null,
        everflow?.offer_id ?? null,
        everflow?.affiliate_id ?? null,
        at,
        at,
      ),
    );
    return { link: made, id, program_id, partner_id };
  });
  database.exec("COMMIT");
  return placed;
}

function idOf(row: unknown): number {
  return (row as { id: number }).id;
}

/** Tells what became of the deliveries that these clicks owe. */
function settle(
  database: DatabaseSync,
  clicks: Click[],
  now: number,
  random: ReturnType<typeof seededRandom>,
): void {
  const owed = database
    .prepare(
      `SELECT event_id, network, next_attempt_at AS at FROM deliveries
       WHERE event_id >= ? AND event_id <= ? AND state = 'pending' AND attempts = '[]' ORDER BY event_id, network`,
    )
    .all(clicks[0]!.id.slice(0, 8), `${clicks.at(-1)!.id.slice(0, 8)}g`) as unknown as Owed[];
  const update = database.prepare(
    `UPDATE deliveries SET state = ?, reason = ?, reference = ?, next_attempt_at = ?, attempts = ?
     WHERE event_id = ? AND network = ?`,
  );
  database.exec("BEGIN");
  for (const { event_id, network, at } of owed) {
    const what = outcome(network, at, now, random);
    if (!what) continue;
    const attempts = JSON.stringify(what.attempts);
    update.run(what.state, what.reason, what.reference, what.next_attempt_at, attempts, event_id, network);
  }
  database.exec("COMMIT");
}

interface Owed {
  event_id: string;
  network: "everflow" | "avantlink";
  at: number;
}
