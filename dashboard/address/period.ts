/** The period that is looked at, read from the address: ?range=30d&tz=Europe/Berlin, or ?from=2026-11-01&to=2026-11-07. */

import { computed, signal } from "@preact/signals";
import { dayStarts, instantOf, isTimeZone, wallOf } from "../../worker/reports/zone.ts";
import { query } from "./route.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export interface Period {
  /** Unix ms, inclusive; undefined: from the beginning. */
  from: number | undefined;
  /** Unix ms, exclusive; undefined: up to now. */
  to: number | undefined;
  label: string;
}

/** In the order of the menu. Days that end with today, but for yesterday. */
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

/** Moved on by whoever shows the present, so that "today" does not stay yesterday. */
export const now = signal(Date.now());

export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
export const timeZone = computed(() => {
  const given = query.value.get("tz");
  return given && isTimeZone(given) ? given : ownZone;
});

export const rangeName = computed<RangeName>(() => {
  if (query.value.get("from") || query.value.get("to")) return "custom";
  const given = query.value.get("range");
  return given !== null && Object.hasOwn(RANGES, given) ? (given as RangeName) : "30d";
});

export const period = computed<Period>(() => {
  const zone = timeZone.value;
  const name = rangeName.value;
  if (name === "all") return { from: undefined, to: undefined, label: RANGES.all.label };
  if (name === "custom") {
    const first = readDay(query.value.get("from"), zone);
    const last = readDay(query.value.get("to"), zone);
    return {
      from: first,
      to: last === undefined ? undefined : startOfDay(last + 1.5 * DAY_MS, zone),
      label: `${query.value.get("from") ?? "…"} to ${query.value.get("to") ?? "today"}`,
    };
  }
  const today = startOfDay(now.value, zone);
  const tomorrow = startOfDay(today + 1.5 * DAY_MS, zone);
  const { days, label } = RANGES[name];
  if (name === "yesterday") return { from: startOfDay(today - DAY_MS / 2, zone), to: today, label };
  return { from: startOfDay(today - (days - 1.5) * DAY_MS - DAY_MS, zone), to: tomorrow, label };
});

/** Hours where a period is short enough for them to be told apart. */
export const interval = computed<"hour" | "day">(() => {
  const { from, to } = period.value;
  return from !== undefined && (to ?? now.value) - from <= 3 * DAY_MS + HOUR_MS ? "hour" : "day";
});

export const comparing = computed(
  () => query.value.get("compare") === "previous" && rangeName.value !== "all",
);

/** Of the API's queries. */
export const periodQuery = computed(() => ({ from: period.value.from, to: period.value.to }));

/** @returns "2026-11-21": the day that an instant falls on in the zone. */
export function dayOf(instant: number, zone: string): string {
  return new Date(wallOf(instant, zone)).toISOString().slice(0, 10);
}

function startOfDay(instant: number, zone: string): number {
  return dayStarts(instant, instant, zone)[0]!;
}

function readDay(text: string | null, zone: string): number | undefined {
  const wall = text && /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00Z`) : Number.NaN;
  return Number.isNaN(wall) ? undefined : instantOf(wall, zone);
}
