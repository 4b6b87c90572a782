/**
 * What the tracker decided, as numbers: their words are in explain.ts, which is loaded only where they are asked for.
 * A number keeps its meaning: a page may pin an old tracker, and gets the words of the latest deployment.
 */

export const NOT_A_LANDING = 0;
export const SEEN_BEFORE = 1;
export const REMEMBERED = 2;
export const ANSWERED = 3;
export const WILL_RETRY = 4;
export const ADOPTED = 5;
export const CONSENT = 6;
// Said by the second file itself.
export const NOT_ADOPTED = 7;
export const HELD = 8;
export const PRERENDERED = 9;

export type Line = [said: number, about?: unknown];

/** Oldest first. more.ts takes over its `push`. */
export const lines: Line[] = [];

export function say(...line: Line): number {
  return lines.push(line);
}
