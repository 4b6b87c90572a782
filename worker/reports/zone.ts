/** Wall clocks of IANA time zones, from Intl's tables. Pure. Wall time is held as the unix ms it would be in UTC. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MAX_FORMATS = 32;

const formats = new Map<string, Intl.DateTimeFormat>();

/** @returns whether Intl knows the zone, by its IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    // Intl also takes bare offsets such as "+02:00"; a zone has rules, an offset has none.
    return /^[A-Za-z]/.test(name) && format(name) !== undefined;
  } catch {
    return false;
  }
}

/** @returns what a clock in the zone shows at an instant. */
export function wallOf(instant: number, timeZone: string): number {
  if (timeZone === "UTC") return instant;
  const part: Record<string, number> = {};
  for (const { type, value } of format(timeZone).formatToParts(instant)) part[type] = Number(value);
  const seconds = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
  return seconds + (((instant % 1000) + 1000) % 1000);
}

/**
 * @returns the first instant at which a clock in the zone shows `wall`; where clocks were put forward over it,
 * the instant at which they were.
 */
export function instantOf(wall: number, timeZone: string): number {
  if (timeZone === "UTC") return wall;
  // The offsets a day before and after are the only ones that can hold at `wall`: zones do not change twice a day.
  const before = wallOf(wall - DAY_MS, timeZone) - (wall - DAY_MS);
  const after = wallOf(wall + DAY_MS, timeZone) - (wall + DAY_MS);
  const first = wall - Math.max(before, after);
  if (wallOf(first, timeZone) === wall) return first;
  const second = wall - Math.min(before, after);
  if (wallOf(second, timeZone) === wall) return second;
  // In the gap: find the minute in which the clocks were put forward, between the two candidates.
  let low = first;
  let high = second;
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
    if (wallOf(middle, timeZone) < wall) low = middle;
    else high = middle;
  }
  return Math.floor(high / MINUTE_MS) * MINUTE_MS;
}

/**
 * @returns the instant after the last second in which a clock in the zone shows `wall` (a whole second); where clocks
 * were put forward over it, the instant at which they were.
 */
export function afterSecond(wall: number, timeZone: string): number {
  const before = wallOf(wall - DAY_MS, timeZone) - (wall - DAY_MS);
  const after = wallOf(wall + DAY_MS, timeZone) - (wall + DAY_MS);
  const last = wall - Math.min(before, after);
  if (wallOf(last, timeZone) === wall) return last + SECOND_MS;
  const first = instantOf(wall, timeZone);
  return wallOf(first, timeZone) === wall ? first + SECOND_MS : first;
}

/** @returns the instants at which the days begin that [from, to) touches, and the one after the last. */
export function dayStarts(from: number, to: number, timeZone: string): number[] {
  const starts: number[] = [];
  let day = Math.floor(wallOf(from, timeZone) / DAY_MS) * DAY_MS;
  for (;;) {
    const start = instantOf(day, timeZone);
    // Samoa had no 30 December 2011: such a day begins when the next one does.
    if (start !== starts.at(-1)) starts.push(start);
    if (start >= to) return starts;
    day += DAY_MS;
  }
}

function format(timeZone: string): Intl.DateTimeFormat {
  let known = formats.get(timeZone);
  if (!known) {
    known = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    if (formats.size >= MAX_FORMATS) formats.clear();
    formats.set(timeZone, known);
  }
  return known;
}
