import { dayStarts } from "./zone.ts";

const HOUR_MS = 3_600_000;

export interface HourRow {
  /** Unix hours. */
  hour: number;
  clicks: number;
  unique_clicks: number;
  bot_clicks: number;
}

export interface Bucket extends Omit<HourRow, "hour"> {
  /** Start, unix ms. */
  t: number;
}

/**
 * @returns the starts (unix ms) of the days that [from, to) touches, or of the hours that begin in it, as hoursOf() counts
 * them. Hours are unix hours in every zone.
 */
export function bucketStarts(
  interval: "hour" | "day",
  { from, to, timezone }: { from: number; to: number; timezone: string },
): number[] {
  if (from >= to) return [];
  if (interval === "day") return dayStarts(from, to, timezone).slice(0, -1);
  const starts: number[] = [];
  for (let t = Math.ceil(from / HOUR_MS) * HOUR_MS; t < to; t += HOUR_MS) starts.push(t);
  return starts;
}

/**
 * Puts hours into buckets, each into the one it begins in; a bucket without clicks is there with zeros. Pure.
 * @param starts ascending; @param hours ascending, none before the first start.
 */
export function fillBuckets(starts: number[], hours: HourRow[]): Bucket[] {
  const buckets = starts.map((t) => ({ t, clicks: 0, unique_clicks: 0, bot_clicks: 0 }));
  let i = 0;
  for (const { hour, clicks, unique_clicks, bot_clicks } of hours) {
    while (i + 1 < starts.length && starts[i + 1]! <= hour * HOUR_MS) i++;
    const bucket = buckets[i];
    if (!bucket) break;
    bucket.clicks += clicks;
    bucket.unique_clicks += unique_clicks;
    bucket.bot_clicks += bot_clicks;
  }
  return buckets;
}
