import { type Sql, sql } from "./sql.ts";

/** D1 takes 100 values in a statement; a name rarely has as many letters of its alphabet. */
const MOST_LETTERS = 30;

/**
 * @returns the condition that a text contains `q`, in capitals or small letters of any alphabet. SQLite's lower() knows
 * those of ASCII alone, so the others of `q` are made small in the text as well.
 */
export function foundIn(text: Sql, q: string): Sql {
  const letters = new Map<string, string>();
  const small = Array.from(q, (letter) => {
    const lower = letter.toLowerCase();
    const upper = lower.toUpperCase();
    // ß and İ become two.
    if (lower === upper || [...lower].length > 1 || [...upper].length > 1) return letter;
    if (lower < "\u0080") return lower;
    if (!letters.has(upper) && letters.size >= MOST_LETTERS) return letter;
    letters.set(upper, lower);
    return lower;
  }).join("");
  let folded = sql`lower(${text})`;
  for (const [upper, lower] of letters) folded = sql`replace(${folded}, ${upper}, ${lower})`;
  // Not LIKE: D1 refuses patterns over 50 bytes.
  return sql`instr(${folded}, ${small}) > 0`;
}
