/** The collector with a meter: the header X-Rows-Read says what an answer cost in D1, as it is billed. */

import collector from "../../../worker/index.ts";

export * from "../../../worker/index.ts";

type Env = Parameters<typeof collector.fetch>[1];

export default {
  ...collector,
  async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    const meter = { rows: 0 };
    const answer = await collector.fetch(request, { ...env, DB: metered(env.DB, meter) }, context);
    const response = new Response(answer.body, answer);
    response.headers.set("X-Rows-Read", String(meter.rows));
    return response;
  },
};

interface Meter {
  rows: number;
}

function metered(db: D1Database, meter: Meter): D1Database {
  const read = <Result extends D1Result>(result: Result): Result => {
    meter.rows += result.meta.rows_read;
    return result;
  };
  const originals = new WeakMap<object, D1PreparedStatement>();
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: async () => read(await statement.all()),
      run: async () => read(await statement.run()),
      // first() tells no cost, so all() is asked.
      first: async (column?: string) => {
        const [row] = read(await statement.all<Record<string, unknown>>()).results;
        return row === undefined ? null : column === undefined ? row : row[column];
      },
    } as unknown as D1PreparedStatement;
    originals.set(wrapped, statement);
    return wrapped;
  };
  return {
    prepare: (text: string) => wrap(db.prepare(text)),
    batch: async (statements: D1PreparedStatement[]) =>
      (await db.batch(statements.map((each) => originals.get(each)!))).map(read),
    withSession: (constraint?: string) => db.withSession(constraint),
  } as unknown as D1Database;
}
