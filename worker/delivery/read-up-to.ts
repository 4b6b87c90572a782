/** What does not fit is left unread: a network that sends without end costs no more than one that does not. */
export async function readUpTo(response: Response, limit_bytes: number): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) {
    text += decoder.decode(chunk.subarray(0, limit_bytes - bytes), { stream: true });
    bytes += chunk.byteLength;
    if (bytes >= limit_bytes) break;
  }
  return text + decoder.decode();
}
