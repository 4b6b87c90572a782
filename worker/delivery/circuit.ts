/**
 * The circuit of one destination: after failures in a row nobody is sent there for a while, then one probe is, and
 * its success closes the circuit. Pure: `now` is passed in; the courier keeps the state.
 */

const FAILURES_TO_OPEN = 5;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

export interface Circuit {
  /** Failures in a row. */
  failures: number;
  /** Unix ms; attempts wait until then. 0 while closed. */
  open_until: number;
}

export const CLOSED: Circuit = { failures: 0, open_until: 0 };

/** How many attempts may be under way at once: none while open, one as a probe after it, else `most`. */
export function attemptsAllowed(circuit: Circuit, now: number, most: number): number {
  if (circuit.failures < FAILURES_TO_OPEN) return most;
  return circuit.open_until > now ? 0 : 1;
}

export function afterSuccess(): Circuit {
  return CLOSED;
}

export function afterFailure(circuit: Circuit, now: number): Circuit {
  const failures = circuit.failures + 1;
  if (failures < FAILURES_TO_OPEN) return { failures, open_until: 0 };
  // Several attempts under way when it opened fail together, and are one reason to wait, not many.
  if (circuit.open_until > now) return { failures: circuit.failures, open_until: circuit.open_until };
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** (failures - FAILURES_TO_OPEN), LONGEST_PAUSE_MS);
  return { failures, open_until: now + pause };
}
