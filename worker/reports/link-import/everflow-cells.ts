import { LinkEverflow } from "../schemas/link.ts";
import type { Everflow } from "./known.ts";

type Key = keyof Everflow;

/** Key of the API → column of the file. */
export const EVERFLOW_COLUMNS = Object.fromEntries(
  Object.keys(LinkEverflow.shape).map((key) => [
    key,
    /^(offer|affiliate)_id$/.test(key) ? `everflow_${key}` : key,
  ]),
) as Record<Key, string>;

const NUMBERS: readonly Key[] = ["offer_id", "affiliate_id", "creative_id", "uid"];

/**
 * A link's Everflow settings as a row wants them. A blank cell takes a value away; a column that the file does not
 * have leaves it, so that an export, which has two of these columns, changes nothing when it comes back. Pure.
 *
 * @returns not yet validated; null where neither offer nor affiliate is left and the row names nothing else.
 */
export function everflowOf(
  cells: Record<string, string>,
  before: Everflow | null,
): Record<string, unknown> | null {
  const after: Record<string, unknown> = { ...before };
  let named = false;
  for (const [key, column] of Object.entries(EVERFLOW_COLUMNS) as [Key, string][]) {
    const cell = cells[column];
    if (cell === undefined) continue;
    if (cell === "") delete after[key];
    else after[key] = NUMBERS.includes(key) ? numberOf(cell) : cell;
    if (cell !== "") named = true;
  }
  const left = after.offer_id !== undefined || after.affiliate_id !== undefined;
  return named || left ? after : null;
}

/** @returns the text itself where it is no whole number: the schema says so in its words. */
export function numberOf(cell: string): number | string {
  return /^\d{1,16}$/.test(cell) ? Number(cell) : cell;
}

export function sameEverflow(a: object | null, b: object | null): boolean {
  if (a === null || b === null) return a === b;
  const [one, other] = [a, b] as Record<string, unknown>[];
  return Object.keys(EVERFLOW_COLUMNS).every((key) => one![key] === other![key]);
}
