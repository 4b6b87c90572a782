/** @returns the id that a path names, or undefined where it is none: then there is nothing there (404). */
export function rowId(text: string): number | undefined {
  return /^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}
