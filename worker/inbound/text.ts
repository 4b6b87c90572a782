/** Text from outside, made safe to keep: well-formed, without NUL (which ends a text in SQLite), cut to length. */

/** @param maxLength in UTF-16 units; a surrogate pair on the boundary is dropped whole. */
export function cut(value: string, maxLength: number): string {
  const short = value.length > maxLength ? value.slice(0, maxLength) : value;
  // A lone surrogate, the page's own or left by the cut, cannot be stored as UTF-8.
  return short.isWellFormed() && !short.includes("\0")
    ? short
    : short
        .replace(/[\ud800-\udbff]$/u, "")
        .toWellFormed()
        .replaceAll("\0", "");
}
