/** What a program's last run could not read, affiliate by affiliate, for the manager who comes later. */

export interface Fault {
  affiliate_id: number;
  error: string;
  /** Unix ms. */
  at: number;
}

export async function readFaults(db: D1Database, program_id: number): Promise<Fault[]> {
  const { results } = await db
    .prepare(
      "SELECT affiliate_id, error, at FROM reconciliation_faults WHERE program_id = ? ORDER BY affiliate_id",
    )
    .bind(program_id)
    .all<Fault>();
  return results;
}

/** Replaces the earlier run's. @param faults by affiliate. @param at unix ms. */
export async function writeFaults(
  db: D1Database,
  program_id: number,
  faults: ReadonlyMap<number, string>,
  at: number,
): Promise<void> {
  await db.batch([
    db.prepare("DELETE FROM reconciliation_faults WHERE program_id = ?").bind(program_id),
    db
      .prepare(
        `INSERT INTO reconciliation_faults (program_id, affiliate_id, error, at)
         SELECT ?1, value ->> 0, value ->> 1, ?2 FROM json_each(?3)`,
      )
      .bind(program_id, at, JSON.stringify([...faults])),
  ]);
}
