import type { Refusal } from "../refusal.ts";

export const NO_PROGRAM: Refusal = { kind: "not-found", error: "Program not found" };

/** A program as its set-up is looked at; a network's settings are null where it has none. */
export interface SetUpProgram {
  id: number;
  landing_url: string;
  domains: string[];
  cookie_window_days: number;
  everflow: Record<string, unknown> | null;
  avantlink: Record<string, unknown> | null;
}

export async function findProgram(db: D1Database, id: number | undefined): Promise<SetUpProgram | undefined> {
  const row = await db
    .prepare(
      "SELECT id, landing_url, domains, cookie_window_days, everflow, avantlink FROM programs WHERE id = ?",
    )
    .bind(id ?? 0)
    .first<Record<keyof SetUpProgram, string>>();
  if (!row) return undefined;
  return {
    id: Number(row.id),
    landing_url: row.landing_url,
    domains: JSON.parse(row.domains),
    cookie_window_days: Number(row.cookie_window_days),
    everflow: row.everflow && JSON.parse(row.everflow),
    avantlink: row.avantlink && JSON.parse(row.avantlink),
  } as SetUpProgram;
}
