/** Text from outside, made safe to keep and to show: well-formed, without control characters, cut to length. */

/** A NUL ends a text in SQLite; an escape (C0 or C1) is a command to the terminal that shows it. Or a lone surrogate. */
const UNSAFE = /[\p{Cc}\p{Cs}]/u;

/** @param maxLength in UTF-16 units; a surrogate pair on the boundary is dropped whole. */
export function cut(value: string, maxLength: number): string {
  const short = value.length > maxLength ? value.slice(0, maxLength) : value;
  // A lone surrogate, the page's own or left by the cut, cannot be stored as UTF-8.
  return UNSAFE.test(short)
    ? short
        .replace(/[\ud800-\udbff]$/u, "")
        .toWellFormed()
        .replace(/\p{Cc}/gu, "")
    : short;
}
