/**
 * A visitor's text as a header's value. The user agent may come out of a body, where a line break or a letter beyond
 * ASCII is no fault; fetch() would throw at it, at this attempt and at every later one.
 */
export function headerText(value: string): string {
  return value.replace(/[^\x20-\x7e]/gu, "?").trim();
}
