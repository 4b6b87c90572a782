/** When people click. Pure. */

import type { Random } from "./random.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Of a UTC day, hour by hour: the evenings of Europe and then of America. */
const HOURS = [
  56, 50, 44, 36, 28, 24, 24, 28, 36, 44, 50, 54, 60, 68, 76, 84, 90, 94, 98, 100, 98, 92, 82, 68,
];
/** Sunday first. */
const WEEKDAYS = [1.12, 0.98, 0.94, 0.93, 0.96, 1.02, 1.1];

/**
 * @param days that end with `now`
 * @returns how many of the clicks fall on each of them: growing, with weeks, sales and chance. Today is not over.
 */
export function clicksByDay(
  clicks: number,
  days: number,
  now: number,
  random: Random,
): { start: number; clicks: number }[] {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const starts = Array.from({ length: days }, (_, i) => today - (days - 1 - i) * DAY_MS);
  const weights = starts.map((start, i) => {
    const date = new Date(start);
    const grown = 0.55 + (0.9 * i) / days;
    const sale =
      date.getUTCMonth() === 10 && date.getUTCDate() >= 24 ? 1.7 : date.getUTCMonth() === 5 ? 1.15 : 1;
    const part = start === today ? (now - today) / DAY_MS : 1;
    return grown * sale * part * WEEKDAYS[date.getUTCDay()]! * (0.85 + 0.3 * random.number());
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  let weight = 0;
  let given = 0;
  return starts.map((start, i) => {
    weight += weights[i]!;
    const upToNow = Math.round((clicks * weight) / sum);
    const ofTheDay = upToNow - given;
    given = upToNow;
    return { start, clicks: ofTheDay };
  });
}

const sum = HOURS.reduce((a, b) => a + b, 0);

/** @returns instants of one day, none after `now`, in order. */
export function timesOfDay(start: number, clicks: number, now: number, random: Random): number[] {
  const end = Math.min(now, start + DAY_MS);
  return Array.from({ length: clicks }, () => {
    let at = random.number() * sum;
    let hour = 0;
    while (at >= HOURS[hour]!) at -= HOURS[hour++]!;
    const time = start + Math.floor((hour + at / HOURS[hour]!) * HOUR_MS);
    // Of a day that is not over, what would still come is spread over what there has been.
    return time < end ? time : start + Math.floor(random.number() * (end - start));
  }).sort((a, b) => a - b);
}
