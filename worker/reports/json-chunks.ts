import { asciiJson } from "../clicks/ascii-json.ts";

/**
 * D1 binds strings of at most 1,000,000 bytes (https://developers.cloudflare.com/d1/platform/limits/); its page has
 * said two million since, and half of the smaller figure is far from both.
 */
const CHUNK_BYTES = 500_000;

/** @returns the values as JSON arrays for `json_each(?)`, as few as fit. Pure. */
export function jsonChunks(values: readonly unknown[], limit_bytes = CHUNK_BYTES): string[] {
  const chunks: string[] = [];
  let parts: string[] = [];
  let bytes = 0;
  for (const value of values) {
    const part = asciiJson(value);
    if (bytes + part.length > limit_bytes && parts.length > 0) {
      chunks.push(`[${parts.join(",")}]`);
      parts = [];
      bytes = 0;
    }
    parts.push(part);
    bytes += part.length + 1;
  }
  if (parts.length > 0) chunks.push(`[${parts.join(",")}]`);
  return chunks;
}
