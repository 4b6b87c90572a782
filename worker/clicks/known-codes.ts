/**
 * Against a flood of made-up codes, each another one, which no cache of single codes can hold back: once too many
 * looked-up codes turn out unknown, all codes are read into memory, and from then on an unknown one costs no read.
 * Codes are never changed and links never deleted, so the list is complete as long as the newest link is the same;
 * that is asked for every 5 s.
 */

const CHECK_MS = 5_000;
/** Unknown codes in 5 s that make a flood of it. A mistyped link or two is none. */
const FLOOD_CODES = 50;
/** A list beyond this is not kept in memory; each code is looked up then. */
const MAX_CODES = 100_000;

export class KnownCodes {
  #codes: Set<string> | undefined;
  #newestLink = -1;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #windowBegan = Number.NEGATIVE_INFINITY;
  #unknown = 0;

  /** A code was looked up in D1 and is unknown. */
  missed(now: number): void {
    if (now - this.#windowBegan >= CHECK_MS) {
      this.#windowBegan = now;
      this.#unknown = 0;
    }
    this.#unknown++;
  }

  /** @returns whether the code is surely no link's; false where it has to be looked up. */
  async lack(code: string, db: D1DatabaseSession, now: number): Promise<boolean> {
    if (this.#unknown < FLOOD_CODES) return false;
    if (now - this.#checkedAt >= CHECK_MS) {
      // Before the read: whoever comes meanwhile goes on with the list there is, instead of reading it as well.
      this.#checkedAt = now;
      await this.#refresh(db);
    }
    return this.#codes !== undefined && !this.#codes.has(code);
  }

  async #refresh(db: D1DatabaseSession): Promise<void> {
    const newest = (await db.prepare("SELECT MAX(id) AS id FROM referral_links").first<number>("id")) ?? 0;
    if (newest === this.#newestLink) return;
    if (newest > MAX_CODES) {
      this.#codes = undefined;
      return;
    }
    const { results } = await db
      .prepare("SELECT code FROM referral_links WHERE kind = 'partner'")
      .all<{ code: string }>();
    this.#codes = new Set(results.map((row) => row.code));
    this.#newestLink = newest;
  }
}
