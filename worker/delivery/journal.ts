/**
 * Results that D1 does not have yet, in a courier's own storage: durable at once, and told to D1 in company of others.
 * Killed between any two steps, it finds them again.
 */

import type { NetworkName } from "../click.ts";
import { type Settlement, settle } from "./outbox.ts";

/** Results wait so long for company: D1 takes a hundred in hardly more time than one. */
const FLUSH_AFTER_MS = 50;
const FLUSH_MAX = 500;

/** What deliveries cost in written rows, as they are billed. */
export interface Cost {
  settled: number;
  d1_rows: number;
  object_rows: number;
}

export interface JournalOptions {
  /** For one statement. */
  db: () => D1Database;
  network: () => NetworkName;
  /** Written with each flush. @returns rows */
  alongside: () => number;
  /** D1 has it now. */
  settled: (event_id: string) => void;
}

export class Journal {
  readonly cost: Cost = { settled: 0, d1_rows: 0, object_rows: 0 };
  readonly #ctx: DurableObjectState;
  readonly #options: JournalOptions;
  #flushing: Promise<void> = Promise.resolve();
  #flushSoon: Promise<void> | undefined;

  constructor(ctx: DurableObjectState, options: JournalOptions) {
    this.#ctx = ctx;
    this.#options = options;
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS journal (event_id TEXT PRIMARY KEY, settlement TEXT NOT NULL) WITHOUT ROWID",
    );
  }

  add(settlement: Settlement): void {
    this.#write(
      "INSERT OR REPLACE INTO journal (event_id, settlement) VALUES (?, ?)",
      settlement.event_id,
      JSON.stringify(settlement),
    );
    if (this.#flushSoon) return;
    this.#flushSoon = this.#flushLater();
    this.#ctx.waitUntil(this.#flushSoon);
  }

  /** Tells D1 what the journal holds by now. One at a time: a flush that fails leaves its results to the next. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => undefined).then(() => this.#flushAll());
    return this.#flushing;
  }

  async #flushLater(): Promise<void> {
    await scheduler.wait(FLUSH_AFTER_MS);
    this.#flushSoon = undefined;
    await this.flush().catch((error) => console.error("settling failed", error));
  }

  async #flushAll(): Promise<void> {
    const { db, network, alongside, settled } = this.#options;
    this.cost.object_rows += alongside();
    for (let full = true; full; ) {
      const rows = this.#ctx.storage.sql
        .exec<{ settlement: string }>("SELECT settlement FROM journal LIMIT ?", FLUSH_MAX)
        .toArray();
      if (rows.length === 0) return;
      const settlements = rows.map((row) => JSON.parse(row.settlement) as Settlement);
      const { meta } = await settle(db(), network(), settlements).run();
      this.cost.settled += settlements.length;
      this.cost.d1_rows += meta.rows_written;
      const ids = JSON.stringify(settlements.map((each) => each.event_id));
      this.#write("DELETE FROM journal WHERE event_id IN (SELECT value FROM json_each(?))", ids);
      for (const { event_id } of settlements) settled(event_id);
      full = rows.length === FLUSH_MAX;
    }
  }

  #write(statement: string, ...values: SqlStorageValue[]): void {
    this.cost.object_rows += this.#ctx.storage.sql.exec(statement, ...values).rowsWritten;
  }
}
