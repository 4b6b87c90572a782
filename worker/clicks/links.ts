/**
 * Known: resolves a referral link from D1, behind a small cache per isolate. A link switched off stops
 * everywhere within the cache's 10 s and the replica's lag. While D1 is down, a link that was read here within a day
 * goes on as it was: the Intake keeps its clicks all the same.
 */

import type { LinkKey, ReferralLink, Status } from "../click.ts";
import { type Failure, isFailure } from "../failure.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { KnownCodes } from "./known-codes.ts";
import { within } from "./within.ts";

const KNOWN_MS = 10_000;
const UNKNOWN_MS = 5_000;
/** How long after it was read a link is known while D1 is down. */
const LAST_READ_MS = 86_400_000;
/** While D1 is down, one click in this time asks it again, and the others of known links do not wait for it. */
const ASK_AGAIN_MS = 1_000;
/** A D1 that takes longer counts as down. With KNOWN_MS, still within what is promised of a link switched off. */
const PATIENCE_MS = 5_000;
const MAX_ENTRIES = 10_000;
/** No code is longer; a longer one is not looked up. */
const CODE_LENGTH = 128;
const NOT_FOUND: Failure = { failure: "link_not_found" };

export class LinkResolver {
  readonly #db: D1Database;
  readonly #patience_ms: number;
  readonly #known = new BoundedCache<ReferralLink>(MAX_ENTRIES, KNOWN_MS, LAST_READ_MS - KNOWN_MS);
  // Apart from the known ones, so that a flood of made-up codes evicts only its like.
  readonly #unknown = new BoundedCache<Failure>(MAX_ENTRIES, UNKNOWN_MS);
  readonly #codes = new KnownCodes();

  /** While D1 is down: when it is asked again about a link that is known. */
  #askAgainAt: number | undefined;

  constructor(db: D1Database, patience_ms = PATIENCE_MS) {
    this.#db = db;
    this.#patience_ms = patience_ms;
  }

  /** @returns the link, active or not, or why there is none. A failing D1 throws for a link that is not known. */
  async resolve(key: LinkKey, now: number): Promise<ReferralLink | Failure> {
    const name = cacheName(key);
    const cached = this.#known.get(name, now) ?? this.#unknown.get(name, now);
    if (cached) return cached;
    const last = this.#known.last(name, now);
    return last ? this.#renew(last, key, name, now) : this.#read(key, name, now);
  }

  async #renew(last: ReferralLink, key: LinkKey, name: string, now: number): Promise<ReferralLink | Failure> {
    if (this.#askAgainAt !== undefined) {
      if (now < this.#askAgainAt) return last;
      // Before the read: whoever comes meanwhile goes on without it.
      this.#askAgainAt = now + ASK_AGAIN_MS;
    }
    try {
      return await within(this.#patience_ms, this.#read(key, name, now, true));
    } catch (error) {
      console.error("D1 is down: known links go on as they were last read", error);
      this.#askAgainAt = Math.max(this.#askAgainAt ?? 0, now + ASK_AGAIN_MS);
      return last;
    }
  }

  async #read(key: LinkKey, name: string, now: number, wasKnown = false): Promise<ReferralLink | Failure> {
    // The nearest replica answers: a link's few seconds of age are in the cache's promise already.
    const db = this.#db.withSession("first-unconstrained");
    if (!wasKnown && key.by === "code" && (await this.#codes.lack(key.code, db, now))) return NOT_FOUND;
    const found = await readLink(db, key);
    this.#askAgainAt = undefined;
    if (!isFailure(found)) this.#known.set(name, found, now);
    else {
      this.#known.delete(name);
      this.#unknown.set(name, found, now);
      if (key.by === "code") this.#codes.missed(now);
    }
    return found;
  }
}

/** The link as the database has it now. A failing D1 throws. */
export async function readLink(
  db: D1Database | D1DatabaseSession,
  key: LinkKey,
): Promise<ReferralLink | Failure> {
  switch (key.by) {
    case "code": {
      if (key.code.length > CODE_LENGTH) return { failure: "link_not_found" };
      const row = await db
        .prepare(`SELECT ${COLUMNS} ${FROM} WHERE l.kind = 'partner' AND l.code = ?`)
        .bind(key.code)
        .first<Row>();
      return row ? linkOf(row) : { failure: "link_not_found" };
    }
    case "program": {
      const row = await db
        .prepare(`SELECT ${COLUMNS} ${FROM} WHERE l.kind = 'avantlink' AND l.program_id = ?`)
        .bind(key.program_id)
        .first<Row>();
      return row ? linkOf(row) : { failure: "no_referral" };
    }
    case "host": {
      const { results } = await db
        .prepare(
          `SELECT ${COLUMNS}, d.domain ${FROM} JOIN program_domains d ON d.program_id = l.program_id
           WHERE l.kind = 'avantlink' AND d.domain IN (SELECT value FROM json_each(?))
           ORDER BY length(d.domain) DESC LIMIT 2`,
        )
        .bind(JSON.stringify(domainsAbove(key.host)))
        .all<Row & { domain: string }>();
      const [first, second] = results;
      // Two programs that claim the same domain leave the click's program unknown.
      if (!first || second?.domain === first.domain) return { failure: "no_referral" };
      return linkOf(first);
    }
    case "everflow": {
      const row = await db
        .prepare(
          `SELECT ${COLUMNS} ${FROM}
           WHERE l.kind = 'partner' AND l.everflow_offer_id = ? AND l.everflow_affiliate_id = ?`,
        )
        .bind(key.offer_id, key.affiliate_id)
        .first<Row>();
      return row ? linkOf(row) : { failure: "link_not_found" };
    }
    case "merchant": {
      const { results } = await db
        .prepare(
          // Not FROM, whose LEFT JOIN would read every program's link first.
          `SELECT ${COLUMNS} FROM programs p
           JOIN referral_links l ON l.kind = 'avantlink' AND l.program_id = p.id
           LEFT JOIN partners r ON r.id = l.partner_id
           WHERE p.avantlink ->> '$.merchant_id' = ?
           ORDER BY p.status = 'active' DESC LIMIT 2`,
        )
        .bind(key.merchant_id)
        .all<Row>();
      const [first, second] = results;
      if (!first) return { failure: "link_not_found" };
      // Two active programs of one merchant leave the click's program unknown; one that was replaced does not. The
      // management API allows no second one, but rows can be older than that.
      return second?.program_status === first.program_status
        ? { failure: "merchant_ambiguous" }
        : linkOf(first);
    }
  }
}

interface Row {
  id: number;
  code: string;
  kind: string;
  partner_id: number | null;
  status: Status;
  partner_found: number | null;
  program_found: number | null;
  program_status: Status;
  destination_url: string;
  domains: string;
  landing_url: string;
  cookie_window_days: number;
  advertiser_id: number | null;
}

const COLUMNS = `l.id, l.code, l.kind, l.partner_id, l.status, l.destination_url, r.id AS partner_found,
    p.id AS program_found, p.status AS program_status, p.domains, p.landing_url, p.cookie_window_days,
    p.everflow ->> '$.advertiser_id' AS advertiser_id`;
const FROM = `FROM referral_links l
  LEFT JOIN programs p ON p.id = l.program_id
  LEFT JOIN partners r ON r.id = l.partner_id`;

function linkOf(row: Row): ReferralLink | Failure {
  const partnerMissing = row.kind === "partner" && row.partner_found === null;
  if (row.program_found === null || partnerMissing) return { failure: "link_broken" };
  return {
    id: row.id,
    code: row.code,
    partner_id: row.partner_id,
    status: row.program_status === "active" ? row.status : "inactive",
    destination_url: row.destination_url,
    program: {
      id: row.program_found,
      status: row.program_status,
      domains: JSON.parse(row.domains),
      landing_url: row.landing_url,
      cookie_window_days: row.cookie_window_days,
      everflow_advertiser_id: row.advertiser_id,
    },
  };
}

function cacheName(key: LinkKey): string {
  switch (key.by) {
    case "code":
      return `c:${key.code}`;
    case "program":
      return `p:${key.program_id}`;
    case "host":
      return `h:${key.host}`;
    case "everflow":
      return `e:${key.offer_id}:${key.affiliate_id}`;
    case "merchant":
      return `m:${key.merchant_id}`;
  }
}

/** "a.shop.example" → itself, "shop.example", "example". */
function domainsAbove(host: string): string[] {
  const labels = host.split(".");
  return labels.map((_, i) => labels.slice(i).join("."));
}
