/** Whether this is an id that Everflow gave a click: 32 hexadecimal characters (seed 002), in either case. Pure. */
export function isEverflowTransactionId(value: string): boolean {
  return /^[0-9a-f]{32}$/i.test(value);
}
