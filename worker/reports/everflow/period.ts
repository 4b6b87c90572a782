/** The period of a report: wall time in one of Everflow's time zones to instants. Pure. */

import { afterSecond, instantOf } from "../zone.ts";

const DAY_MS = 86_400_000;
export const MAX_DAYS = 14;

/** Whole seconds. */
export interface Period {
  /** Unix ms, inclusive. */
  from: number;
  /** Unix ms, exclusive. */
  to: number;
}

/**
 * Reads `YYYY-mm-DD HH:MM:SS`.
 * @returns the unix ms it would be in UTC; undefined for another form and for a date that no calendar has.
 */
export function parseWall(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return undefined;
  const iso = text.replace(" ", "T");
  const wall = Date.parse(`${iso}Z`);
  // Date.parse takes 31 February for 3 March, and 24:00 for the next day.
  return !Number.isNaN(wall) && new Date(wall).toISOString().startsWith(iso) ? wall : undefined;
}

/**
 * `to` is inclusive, to the end of its second: "23:59:59" ends the day, and equal bounds are one second. On the day
 * that has an hour twice, `from` is the first time and `to` the second, so that no click of the day is left out.
 */
export function periodOf(from: number, to: number, timeZone: string): Period {
  return { from: instantOf(from, timeZone), to: afterSecond(to, timeZone) };
}

/** In wall time: two weeks are two weeks, also when one of their days has 23 or 25 hours. */
export function tooLong(from: number, to: number): boolean {
  return to - from > MAX_DAYS * DAY_MS;
}
