/** Where a page of a list ended: opaque outside, the sort key and the id of its last row inside. Pure. */

export interface Cursor {
  key: string | number;
  id: string | number;
}

/** @param order names the list and its sort, so that a cursor is not taken for another one's. */
export function writeCursor(order: string, { key, id }: Cursor): string {
  const bytes = new TextEncoder().encode(JSON.stringify([order, key, id]));
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @returns undefined for a cursor that this list in this order did not give out. */
export function readCursor(order: string, text: string): Cursor | undefined {
  try {
    const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const parts = JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0))));
    if (!Array.isArray(parts) || parts.length !== 3) return undefined;
    const [given, key, id] = parts;
    return given === order && isScalar(key) && isScalar(id) ? { key, id } : undefined;
  } catch {
    return undefined;
  }
}

function isScalar(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}
