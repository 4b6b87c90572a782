/** A D1 that counts the rows that its statements read. */
export function metered(db: D1Database): { db: D1Database; read: () => number } {
  let rows = 0;
  const whole = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: async () => {
        const result = await statement.all();
        rows += result.meta.rows_read;
        return result;
      },
    } as unknown as D1PreparedStatement;
    whole.set(wrapped, statement);
    return wrapped;
  };
  const batch = async (statements: D1PreparedStatement[]) => {
    const results = await db.batch(statements.map((statement) => whole.get(statement)!));
    for (const { meta } of results) rows += meta.rows_read;
    return results;
  };
  return {
    db: { prepare: (text: string) => wrap(db.prepare(text)), batch } as unknown as D1Database,
    read: () => rows,
  };
}
