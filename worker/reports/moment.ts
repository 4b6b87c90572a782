import { instantOf } from "./zone.ts";

/** A point in time as a caller wrote it: an instant, or what a clock on the wall of a zone still to be named shows. */
export type Moment = { instant: number } | { wall: number };

/**
 * Reads unix ms ("1763683200000") or ISO 8601 ("2026-11-21", "2026-11-21T08:00", "…T08:00:00.5Z", "…+05:30"). Pure.
 * Without an offset it is wall time. A blank before the offset is a plus that was not URL-encoded.
 * @returns undefined for anything else, also for a date that no calendar has.
 */
export function parseMoment(text: string): Moment | undefined {
  if (/^\d{1,14}$/.test(text)) return { instant: Number(text) };
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, date, time = "00:00", offset] = match;
  const wall = Date.parse(`${date}T${time}Z`);
  // Date.parse takes 31 February for 3 March.
  if (Number.isNaN(wall) || !new Date(wall).toISOString().startsWith(date!)) return undefined;
  if (offset === undefined) return { wall };
  const instant = Date.parse(`${date}T${time}${offset.replace(" ", "+")}`);
  return Number.isNaN(instant) ? undefined : { instant };
}

/** @returns unix ms. */
export function resolveMoment(moment: Moment, timeZone: string): number {
  return "instant" in moment ? moment.instant : instantOf(moment.wall, timeZone);
}

const ISO = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+\- ]\d\d:\d\d)?)?$/;
