const HOUR_MS = 3_600_000;
/** Later than any hour that is counted. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** `hour >= from AND hour < to`. */
export interface Hours {
  from: number;
  to: number;
}

/**
 * The unix hours of link_hours that a period holds: those that begin in it, so that two periods which meet count no
 * hour twice. Where a zone is half an hour off, the hour at the edge falls to the day in which it begins. Pure.
 */
export function hoursOf({ from, to }: { from?: number | undefined; to?: number | undefined }): Hours {
  return {
    from: from === undefined ? 0 : Math.ceil(from / HOUR_MS),
    to: to === undefined ? NEVER : Math.ceil(to / HOUR_MS),
  };
}

/**
 * @returns the period of the same length that ends where this one begins; of one that is not over at `now`, as much
 * as has passed of this one: this morning is compared with yesterday morning. Pure.
 */
export function previousPeriod(
  { from, to }: { from: number; to: number },
  now: number,
): { from: number; to: number } {
  const length = to - from;
  return { from: from - length, to: Math.max(from, Math.min(to, now)) - length };
}
