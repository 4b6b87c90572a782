/** @returns the lower bound of the ids of all clicks in the second of an instant (unix ms), or later. Pure. */
export function idAt(ms: number): string {
  const seconds = Math.min(Math.max(Math.floor(ms / 1000), 0), 0xffffffff);
  return seconds.toString(16).padStart(8, "0");
}
