/** RFC 4180 CSV that a spreadsheet does not execute. Pure. */

/** Name in the header → the row's value. */
export type CsvColumns<Row> = Record<string, (row: Row) => unknown>;

/**
 * A spreadsheet takes a cell that begins so for a formula, whatever quotes are around it (OWASP, CSV Injection), and
 * codes, titles and referrers are written by strangers. Full-width signs and leading blanks are taken just so.
 */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;
/**
 * Where the comma is the decimal sign, a spreadsheet begins a cell after each semicolon, or after a tab where text is
 * pasted, and our quotes do not hold it together: `x;=1+1`. A run of blanks and quotes is taken as a whole, by the
 * lookbehind, so that a long one costs its length and not its square.
 */
const INNER = /(?<![;\s"])([;\s"]+)('*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;
const SEPARATOR = /[;\t\r\n]/;
/** With what looks like our own apostrophe already: given another one, so that taking one away is always right. */
const PROTECTED = new RegExp(`^'+(?:${FORMULA.source.replaceAll("^", "")})`);

/** @returns one record with its CRLF. Numbers stay numbers; null and undefined are empty; objects are JSON. */
export function csvRecord(values: unknown[]): string {
  return `${values.map(cell).join(",")}\r\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  let text = typeof value === "string" ? value : JSON.stringify(value);
  text = text.replace(INNER, (all, run, quotes) => (SEPARATOR.test(run) ? `${run}'${quotes}` : all));
  if (FORMULA.test(text) || PROTECTED.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @returns what {@link csvRecord} was given, from the cell that it wrote. */
export function plainCell(text: string): string {
  const whole = PROTECTED.test(text) ? text.slice(1) : text;
  return whole.replace(INNER, (all, run, quotes) => (SEPARATOR.test(run) ? run + quotes.slice(1) : all));
}

/** A time column: people read CSV, so unix ms become ISO 8601 in UTC. */
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
