/** Affiliates that could not be read when they were last tried, for the manager who comes later. */

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

/** Replaces the affiliate's earlier one. @param at unix ms. */
export async function writeFault(
  db: D1Database,
  program_id: number,
  { affiliate_id, error, at }: Fault,
): Promise<void> {
  await db
    .prepare(
      "INSERT OR REPLACE INTO reconciliation_faults (program_id, affiliate_id, error, at) VALUES (?, ?, ?, ?)",
    )
    .bind(program_id, affiliate_id, error, at)
    .run();
}

/** The affiliate could be read. */
export function endFault(db: D1Database, program_id: number, affiliate_id: number): D1PreparedStatement {
  return db
    .prepare("DELETE FROM reconciliation_faults WHERE program_id = ? AND affiliate_id = ?")
    .bind(program_id, affiliate_id);
}

/** Of affiliates that no link of the program has any more. */
export async function forgetFaults(db: D1Database, program_id: number, but: Iterable<number>): Promise<void> {
  await db
    .prepare(
      `DELETE FROM reconciliation_faults
       WHERE program_id = ? AND affiliate_id NOT IN (SELECT value FROM json_each(?))`,
    )
    .bind(program_id, JSON.stringify([...but]))
    .run();
}
