/** When to try again (CONTRACTS 6). No clock and no randomness of its own: both are passed in. */

const FIRST_MS = 2_000;
const LONGEST_MS = 3_600_000;

/**
 * Exponential from 2 s to 1 h, with full jitter: a network that comes back is not met by all of its debts at once.
 * @param attempt 1 for the first that failed.
 * @param random in [0, 1).
 */
export function backoff_ms(attempt: number, random: number): number {
  const ceiling = Math.min(FIRST_MS * 2 ** Math.min(attempt - 1, 30), LONGEST_MS);
  // Not less than a tenth, or the jitter's low end would be no wait at all.
  return Math.round(ceiling * Math.max(random, 0.1));
}
