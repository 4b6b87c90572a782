/**
 * Kept: makes a click durable before its visitor is answered, and moves it on into D1.
 *
 * Calls that arrive together share one write (group commit): each joins the open group and awaits it, and the
 * group is one row. Answers leave only when the runtime has confirmed the write (the object's output gate).
 * The alarm hands whole groups to D1 and removes them when D1 has confirmed; an unclear end is repeated, which
 * record() makes harmless.
 */

import { DurableObject } from "cloudflare:workers";
import type { Click } from "../click.ts";
import { wakeCouriers } from "../delivery/courier.ts";
import { type Env, giveUpAfterMs } from "../env.ts";
import { asciiLength } from "./ascii-json.ts";
import { record } from "./record.ts";

/** From a click's keeping to the first try to record it: long enough to fill a batch under load. */
const RECORD_AFTER_MS = 200;
const RECORD_MAX_CLICKS = 1_000;
/** D1 takes strings up to 2 MB; derived columns come on top of what is kept. */
const RECORD_MAX_BYTES = 1_000_000;
/** Of one row, below SQLite's 2 MB in a Durable Object. */
const GROUP_MAX_BYTES = 512 * 1024;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;
/** Batches per alarm, so that one invocation stays far below the runtime's limits. */
const BATCHES_PER_ALARM = 20;
/** While visitors wait, answers go first and one batch is recorded a turn; from this backlog on, every one. */
const BACKLOG_GROUPS = 5_000;
const DAY_MS = 86_400_000;
const SET_ASIDE_RETRY_MS = 3_600_000;
/** For each alarm, of answers that are older than a day. */
const FORGET_ANSWERS = 5_000;

interface Group {
  clicks: string[];
  bytes: number;
  /** key → answer, for the calls that may be repeated. */
  answers: Map<string, string>;
  written: Promise<void>;
}

/** What clicks cost in written rows, as they are billed. */
export interface Cost {
  clicks: number;
  d1_rows: number;
  object_rows: number;
}

export class Intake extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;
  #open: Group | undefined;
  /** Keys of groups not written yet: a repeat may arrive before the write. */
  readonly #pending = new Map<string, Group>();
  #armed = false;
  #failures = 0;
  readonly #cost: Cost = { clicks: 0, d1_rows: 0, object_rows: 0 };
  #setAsideTriedAt = Date.now();
  /** A click was kept since the last batch began. */
  #busy = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS groups (seq INTEGER PRIMARY KEY, clicks TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS answers (
        day INTEGER NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, answer TEXT NOT NULL,
        PRIMARY KEY (day, key)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS set_aside (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, click TEXT NOT NULL, error TEXT NOT NULL);
    `);
    this.#addKeptAt();
    // So also with the deployment that mends the fault.
    this.#trySetAsideAgain();
    ctx.blockConcurrencyWhile(async () => {
      const alarm = await ctx.storage.getAlarm();
      // A later one was for what was set aside, and that is in the groups again.
      this.#armed = alarm !== null && alarm <= Date.now() + RETRY_MAX_MS;
      // A crash between an alarm's start and its end must not leave clicks without one.
      if (!this.#armed && this.waiting() > 0) await this.#arm(0);
    });
  }

  /** @param click a Click as JSON. Returns when it is written. */
  async keep(click: string): Promise<void> {
    await this.#join(click).written;
  }

  /**
   * The same, once for each key within a day.
   * @returns the first call's answer, where there was one.
   */
  async keepOnce(click: string, key: string, answer: string): Promise<string | undefined> {
    const pending = this.#pending.get(key);
    if (pending) {
      await pending.written;
      return pending.answers.get(key);
    }
    const first = this.recall(key);
    if (first !== undefined) return first;
    const group = this.#join(click);
    group.answers.set(key, answer);
    this.#pending.set(key, group);
    await group.written;
    return undefined;
  }

  /** @returns the answer that a call with this key got within the last day. */
  recall(key: string): string | undefined {
    const now = Date.now();
    const today = Math.floor(now / DAY_MS);
    for (const row of this.#sql.exec<{ answer: string }>(
      "SELECT answer FROM answers WHERE key = ? AND day IN (?, ?) AND at > ?",
      key,
      today,
      today - 1,
      now - DAY_MS,
    )) {
      return row.answer;
    }
    return undefined;
  }

  /** Since the object started. */
  cost(): Cost {
    return this.#cost;
  }

  /** Groups that D1 does not have yet, counted up to the backlog that matters. */
  waiting(): number {
    return this.#sql
      .exec<{ n: number }>("SELECT COUNT(*) AS n FROM (SELECT 1 FROM groups LIMIT ?)", BACKLOG_GROUPS)
      .one().n;
  }

  #join(click: string): Group {
    if (this.#open && this.#open.bytes + click.length > GROUP_MAX_BYTES) this.#open = undefined;
    const group = this.#open ?? this.#begin();
    this.#busy = true;
    group.clicks.push(click);
    group.bytes += click.length;
    return group;
  }

  #begin(): Group {
    const group: Group = { clicks: [], bytes: 0, answers: new Map(), written: Promise.resolve() };
    this.#open = group;
    group.written = this.#commit(group);
    return group;
  }

  async #commit(group: Group): Promise<void> {
    // One turn of the event loop: every call that has already arrived joins.
    await scheduler.wait(0);
    if (this.#open === group) this.#open = undefined;
    for (const key of group.answers.keys()) this.#pending.delete(key);
    const now = Date.now();
    // No await between these: the runtime commits them together, the alarm with them.
    this.#write("INSERT INTO groups (clicks, kept_at) VALUES (?, ?)", `[${group.clicks.join()}]`, now);
    if (group.answers.size > 0) {
      this.#write(
        `INSERT OR REPLACE INTO answers (day, key, at, answer)
         SELECT ?1, value ->> 0, ?2, value ->> 1 FROM json_each(?3)`,
        Math.floor(now / DAY_MS),
        now,
        JSON.stringify([...group.answers]),
      );
    }
    if (!this.#armed) void this.#arm(RECORD_AFTER_MS);
  }

  #write(statement: string, ...values: SqlStorageValue[]): void {
    this.#cost.object_rows += this.#sql.exec(statement, ...values).rowsWritten;
  }

  #arm(delay_ms: number): Promise<void> {
    this.#armed = true;
    return this.ctx.storage.setAlarm(Date.now() + delay_ms);
  }

  /** Moves what is waiting into D1. Never throws: the runtime gives up on an alarm that fails a few times. */
  override async alarm(): Promise<void> {
    this.#armed = true;
    // What has come in meanwhile waits for company: a batch of few costs D1 nearly as much as one of many.
    let wait_ms = RECORD_AFTER_MS;
    try {
      for (let i = 0; i < BATCHES_PER_ALARM && (await this.#recordBatch()); i++) {
        if (this.#busy && this.waiting() < BACKLOG_GROUPS) break;
      }
      this.#failures = 0;
      this.#forgetAnswers();
      if (Date.now() >= this.#setAsideTriedAt + SET_ASIDE_RETRY_MS) this.#trySetAsideAgain();
    } catch (error) {
      this.#failures++;
      wait_ms = Math.min(RETRY_MIN_MS * 2 ** (this.#failures - 1), RETRY_MAX_MS);
      console.error(`recording failed ${this.#failures} times, again in ${wait_ms} ms`, error);
    } finally {
      if (this.waiting() > 0) await this.#arm(wait_ms);
      else await this.#rest();
    }
  }

  /** Nothing waits but, perhaps, what was set aside: on a quiet shard no click comes that would bring an alarm. */
  async #rest(): Promise<void> {
    // The next click sets an earlier alarm in the place of this one.
    this.#armed = false;
    if (this.#sql.exec("SELECT 1 FROM set_aside LIMIT 1").toArray().length > 0) {
      await this.ctx.storage.setAlarm(this.#setAsideTriedAt + SET_ASIDE_RETRY_MS);
    }
  }

  /** @returns whether more may be waiting. */
  async #recordBatch(): Promise<boolean> {
    this.#busy = false;
    const clicks: Click[] = [];
    let last = 0;
    let bytes = 0;
    let more = false;
    for (const row of this.#sql.exec<{ seq: number; clicks: string; kept_at: number | null }>(
      "SELECT seq, clicks, kept_at FROM groups ORDER BY seq",
    )) {
      if (
        clicks.length > 0 &&
        (clicks.length >= RECORD_MAX_CLICKS || bytes + asciiLength(row.clicks) > RECORD_MAX_BYTES)
      ) {
        more = true;
        break;
      }
      for (const click of JSON.parse(row.clicks) as Click[]) {
        // One that was set aside has its own time.
        click.kept_at ??= row.kept_at;
        clicks.push(click);
      }
      bytes += asciiLength(row.clicks);
      last = row.seq;
    }
    if (clicks.length === 0) return false;
    const { refused, rows_written, debts } = await record(this.env.DB, clicks, {
      give_up_after_ms: giveUpAfterMs(this.env),
      now: Date.now(),
    });
    this.#cost.clicks += clicks.length;
    this.#cost.d1_rows += rows_written;
    for (const { click, error } of refused) {
      console.error(`click ${click.id} cannot be recorded and was set aside`, error);
      this.#write(
        "INSERT INTO set_aside (at, click, error) VALUES (?, ?, ?)",
        Date.now(),
        JSON.stringify(click),
        String(error),
      );
    }
    this.#write("DELETE FROM groups WHERE seq <= ?", last);
    // A wake-up that is lost is made up for by the sweep; recording does not wait for it.
    for (const { program_id, network } of debts) {
      this.ctx.waitUntil(
        wakeCouriers(this.env, program_id, network).catch((error) => console.error("waking failed", error)),
      );
    }
    return more;
  }

  /** A part at a time: a day's answers can be millions, and visitors wait meanwhile. */
  #forgetAnswers(): void {
    this.#write(
      `DELETE FROM answers WHERE (day, key) IN (SELECT day, key FROM answers WHERE day < ? LIMIT ?)`,
      Math.floor(Date.now() / DAY_MS) - 1,
      FORGET_ANSWERS,
    );
  }

  /** An Intake that began before kept_at was kept has its table without it. */
  #addKeptAt(): void {
    const columns = this.#sql
      .exec<{ name: string }>("SELECT name FROM pragma_table_info('groups')")
      .toArray();
    if (!columns.some(({ name }) => name === "kept_at"))
      this.#sql.exec("ALTER TABLE groups ADD COLUMN kept_at INTEGER");
  }

  #trySetAsideAgain(): void {
    this.#setAsideTriedAt = Date.now();
    this.#sql.exec(`
      INSERT INTO groups (clicks) SELECT '[' || click || ']' FROM set_aside;
      DELETE FROM set_aside;
    `);
  }
}
