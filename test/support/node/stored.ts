/**
 * What a running collector has on disk, read beside it. Asking the Worker instead would wake the Intakes, and a
 * click that lies there until someone asks would pass for one that was recorded.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";

export interface Stored {
  /** Ids of the clicks that the Intakes keep and have not handed over to D1, as far as they know. */
  waiting(): string[];
  /** How many clicks D1 refused. */
  setAside(): number;
  /** Of them those that D1 has, all the same. */
  waitingInD1(): string[];
  /** A number that changes with every commit in D1, at the cost of a memory access. */
  d1Commits(): { count(): number; close(): void };
  /** Rows of D1. */
  rows<T>(sql: string, ...values: SQLInputValue[]): T[];
}

/** @param dataDir of the collector; the folders in it are Miniflare's */
export function stored(dataDir: string): Stored {
  const intakes = () => databases(join(dataDir, "do", "clickferry-Intake"));
  const d1 = () => databases(join(dataDir, "d1", "miniflare-D1DatabaseObject"))[0]!;
  const waiting = () => intakes().flatMap((file) => read<{ id: string }>(file, WAITING).map(({ id }) => id));
  return {
    waiting,
    waitingInD1: () => read<{ id: string }>(d1(), IN_D1, JSON.stringify(waiting())).map(({ id }) => id),
    d1Commits: () => {
      const database = new DatabaseSync(d1(), { readOnly: true });
      const version = database.prepare("PRAGMA data_version");
      return { count: () => version.get()!.data_version as number, close: () => database.close() };
    },
    setAside: () => intakes().flatMap((file) => read(file, "SELECT seq FROM set_aside")).length,
    rows: (sql, ...values) => read(d1(), sql, ...values),
  };
}

const IN_D1 = "SELECT id FROM affiliate_click_events WHERE id IN (SELECT value FROM json_each(?))";
/** A group is one JSON array of clicks (worker/clicks/intake.ts). */
const WAITING = "SELECT click.value ->> 'id' AS id FROM groups, json_each(groups.clicks) AS click";

function databases(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
    .map((name) => join(folder, name));
}

function read<T>(file: string, sql: string, ...values: SQLInputValue[]): T[] {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 2_000 });
  try {
    return database.prepare(sql).all(...values) as T[];
  } finally {
    database.close();
  }
}
