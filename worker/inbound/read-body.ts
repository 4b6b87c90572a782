/** Reads a request body up to a limit: a body that announces too much, or turns out to hold it, is not read on. */

import type { Failure } from "../failure.ts";

/** @returns the text (UTF-8, malformed bytes replaced), or `too_large`. */
export async function readBody(request: Request, limit_bytes: number): Promise<string | Failure> {
  const announced = request.headers.get("Content-Length");
  if (announced !== null) {
    if (Number(announced) > limit_bytes) return { failure: "too_large", limit_bytes };
    return request.text();
  }
  if (!request.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > limit_bytes) return { failure: "too_large", limit_bytes };
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
