import type { z } from "zod";
import type { Reconciliation } from "../schemas/reconciliation.ts";
import { NO_LINK } from "./comparison.ts";
import { addTo, NOTHING } from "./counts.ts";
import { readFaults } from "./faults.ts";

const DAY_MS = 86_400_000;

type Answer = z.output<typeof Reconciliation>;
type Day = Answer["data"][number];

/** @param from unix ms. @param to unix ms, exclusive. @returns unix days that the period touches: [first, end). */
export function daysOf({ from, to }: { from: number; to: number }): { first: number; end: number } {
  const first = Math.floor(from / DAY_MS);
  return { first, end: Math.max(first + 1, Math.ceil(to / DAY_MS)) };
}

/** What was found when the days were last compared, what differs first, then the newest; and what could not be read when last asked for. */
export async function readReconciliation(
  db: D1Database,
  program_id: number,
  { first, end }: { first: number; end: number },
): Promise<Answer> {
  const { results } = await db
    .prepare(
      `SELECT r.day, r.affiliate_id, r.link_id, l.code AS link_code, r.sent, r.recorded, r.missing, r.unknown,
         r.duplicates, r.unclear_arrived, r.unclear_absent, r.checked_until, r.checked_at
       FROM reconciliation r LEFT JOIN referral_links l ON l.id = r.link_id
       WHERE r.program_id = ? AND r.day >= ? AND r.day < ? 
       ORDER BY r.missing + r.unknown + r.duplicates > 0 DESC, r.day DESC, r.affiliate_id, r.link_id`,
    )
    .bind(program_id, first, end)
    .all<Day & { link_id: number }>();
  const data = results.map((row) => ({
    ...row,
    day: row.day * DAY_MS,
    link_id: row.link_id === NO_LINK ? null : row.link_id,
  }));
  const faults = await readFaults(db, program_id);
  return { program_id, from: first * DAY_MS, to: end * DAY_MS, totals: totals(data), data, faults };
}

function totals(data: Day[]): Answer["totals"] {
  const sums = { ...NOTHING };
  for (const row of data) addTo(sums, row);
  return sums;
}
