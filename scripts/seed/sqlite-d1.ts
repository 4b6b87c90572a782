import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

/** As much of a D1 as recording clicks needs. */
export interface SqliteD1 {
  prepare(sql: string): Statement;
  batch(statements: Statement[]): Promise<Result[]>;
}

interface Statement {
  bind(...values: unknown[]): Statement;
  all(): Promise<Result>;
  run(): Promise<Result>;
  /** Without a promise, inside a transaction of batch(). */
  now(): Result;
}

interface Result {
  results: Record<string, unknown>[];
  meta: { rows_written: number };
}

/**
 * A database file in the place of D1, so that what the Worker does in D1 can be done by the million: the same
 * statements, a tenth of the time. Each batch is a transaction, as D1's is.
 */
export function sqliteD1(database: DatabaseSync): SqliteD1 {
  const prepared = new Map<string, StatementSync>();

  function statement(sql: string, values: SQLInputValue[]): Statement {
    const now = () => {
      let ready = prepared.get(sql);
      if (!ready) {
        ready = database.prepare(sql);
        prepared.set(sql, ready);
      }
      return { results: ready.all(...values) as Result["results"], meta: { rows_written: 0 } };
    };
    return {
      bind: (...bound) => statement(sql, bound as SQLInputValue[]),
      all: async () => now(),
      run: async () => now(),
      now,
    };
  }

  return {
    prepare: (sql) => statement(sql, []),
    batch: async (statements) => {
      database.exec("BEGIN");
      try {
        const results = statements.map((each) => each.now());
        database.exec("COMMIT");
        return results;
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
  };
}
