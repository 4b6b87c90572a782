const DAY_MS = 86_400_000;
/** RFC 9110, 5.6.7: the date's one current form and the two obsolete ones that a recipient must accept. */
const IMF_OR_RFC850 = /^[A-Z][a-z]+, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * Reads a Retry-After header (RFC 9110, 10.2.3). Pure.
 *
 * @param now unix ms
 * @returns ms to wait, a day at most; undefined where it asks for no wait or is no Retry-After, so that the courier's
 * own backoff holds: an answer of "0" to everyone is how a network is overrun
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  const value = header?.trim() ?? "";
  const wait = /^\d+$/.test(value) ? Number(value) * 1_000 : dateMs(value) - now;
  return wait > 0 ? Math.min(wait, DAY_MS) : undefined;
}

/** @returns unix ms; NaN for what is no HTTP date */
function dateMs(value: string): number {
  if (IMF_OR_RFC850.test(value)) return Date.parse(value.replace(/-/g, " "));
  // It says no zone and means GMT.
  if (ASCTIME.test(value)) return Date.parse(`${value} GMT`);
  return Number.NaN;
}
