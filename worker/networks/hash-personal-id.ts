import { decodeAscii, findEmail } from "./email.ts";
import { looksLikePhone } from "./phone.ts";

/**
 * An identifier that may leave. One that is an e-mail address, or has one in it, becomes the SHA-256 of the address
 * in hexadecimal, trimmed and in lower case first, so that one person has one id however the page wrote it; a phone
 * number becomes that of its digits. Any other stays as it is.
 */
export async function hashPersonalId(id: string): Promise<string> {
  const email = findEmail(id);
  if (email) return await sha256(email);
  if (looksLikePhone(id)) return await sha256(decodeAscii(id).replace(/\D/g, ""));
  return id;
}

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}
