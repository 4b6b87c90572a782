/** @returns undefined once the limit is passed, whatever Content-Length said; the rest is not read. */
export async function readText(request: Request, limit_bytes: number): Promise<string | undefined> {
  if (Number(request.headers.get("Content-Length")) > limit_bytes) return undefined;
  if (!request.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body as ReadableStream<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > limit_bytes) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
