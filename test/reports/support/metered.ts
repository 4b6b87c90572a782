/** A D1 that counts the rows that its statements read. */
export function metered(db: D1Database): { db: D1Database; read: () => number } {
  let rows = 0;
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement =>
    ({
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: async () => {
        const result = await statement.all();
        rows += result.meta.rows_read;
        return result;
      },
    }) as unknown as D1PreparedStatement;
  return {
    db: { prepare: (text: string) => wrap(db.prepare(text)) } as unknown as D1Database,
    read: () => rows,
  };
}
