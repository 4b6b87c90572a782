/** Which period an address names. Pure: `now` is passed in. */

import { instantOf, wallOf } from "../../worker/reports/zone.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export interface Period {
  /** Unix ms, inclusive; undefined: from the beginning. */
  from: number | undefined;
  /** Unix ms, exclusive; undefined: up to now. */
  to: number | undefined;
  label: string;
}

/** In the order of the menu. So many days that end with today, but for yesterday. */
export const RANGES = {
  today: { label: "Today", days: 1 },
  yesterday: { label: "Yesterday", days: 1 },
  "7d": { label: "Last 7 days", days: 7 },
  "30d": { label: "Last 30 days", days: 30 },
  "90d": { label: "Last 90 days", days: 90 },
  "365d": { label: "Last 365 days", days: 365 },
  all: { label: "All time", days: 0 },
} as const;
export type RangeName = keyof typeof RANGES | "custom";

export function rangeOf(query: URLSearchParams): RangeName {
  const given = query.get("range");
  if (isDay(query.get("from")) || isDay(query.get("to"))) return "custom";
  return given !== null && Object.hasOwn(RANGES, given) ? (given as RangeName) : "30d";
}

/** Days begin and end at the zone's midnights, however long they are; two chosen days stand in either order. */
export function periodOf(query: URLSearchParams, zone: string, now: number): Period {
  const name = rangeOf(query);
  if (name === "all") return { from: undefined, to: undefined, label: RANGES.all.label };
  if (name === "custom") {
    let [first, last] = [query.get("from"), query.get("to")].map((day) => (isDay(day) ? day : undefined));
    if (first && last && first > last) [first, last] = [last, first];
    return {
      from: first === undefined ? undefined : midnight(first, 0, zone),
      to: last === undefined ? undefined : midnight(last, 1, zone),
      label: first === last ? first! : `${first ?? "…"} to ${last ?? "today"}`,
    };
  }
  const { days, label } = RANGES[name];
  const today = dayOf(now, zone);
  if (name === "yesterday") return { from: midnight(today, -1, zone), to: midnight(today, 0, zone), label };
  return { from: midnight(today, 1 - days, zone), to: midnight(today, 1, zone), label };
}

/** Hours where a period is short enough for them to be told apart: up to three days. */
export function intervalOf({ from, to }: Period, now: number): "hour" | "day" {
  return from !== undefined && (to ?? now) - from <= 3 * DAY_MS + HOUR_MS ? "hour" : "day";
}

/** @returns "2026-11-21": the day that an instant falls on in the zone. */
export function dayOf(instant: number, zone: string): string {
  return new Date(wallOf(instant, zone)).toISOString().slice(0, 10);
}

/** @returns when the day begins that is so many days after `day`, also where that is not at 0:00. */
function midnight(day: string, after: number, zone: string): number {
  return instantOf(Date.parse(day) + after * DAY_MS, zone);
}

/** A date that the calendar has, as "2026-11-21"; of years that a click can have. */
export function isDay(text: string | null | undefined): text is string {
  if (!text || !/^(19|20)\d\d-\d\d-\d\d$/.test(text)) return false;
  const wall = Date.parse(text);
  // Date.parse takes 31 February for 3 March.
  return !Number.isNaN(wall) && new Date(wall).toISOString().startsWith(text);
}
