/**
 * A tracking link's parameters as one opaque, authenticated value: a version byte, a random 12-byte IV, and
 * AES-256-GCM over the parameters as a query. Version and link are authenticated with them, so that a value altered
 * in any bit, or moved to another link, does not open.
 */

import type { ClickParams } from "../click.ts";
import { derivedKeys } from "../derived-key.ts";
import type { Secrets } from "../settings.ts";

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Eight parameters of 500 characters, three times encoded; a longer value is none of ours. */
const TOKEN_LENGTH = 50_000;

const keysOf = new WeakMap<Secrets, Promise<CryptoKey[]>>();

/** @param code of the link that the parameters are for. @returns base64url. */
export async function sealParams(secrets: Secrets, params: ClickParams, code: string): Promise<string> {
  const [key] = await keys(secrets);
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const text = new TextEncoder().encode(new URLSearchParams(params).toString());
  const sealed = await crypto.subtle.encrypt(algorithm(iv, code), key!, text);
  const token = new Uint8Array(1 + IV_BYTES + sealed.byteLength);
  token[0] = VERSION;
  token.set(iv, 1);
  token.set(new Uint8Array(sealed), 1 + IV_BYTES);
  return token.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** @returns undefined for a value that was altered, made up, or is another link's. */
export async function openParams(
  secrets: Secrets,
  token: string,
  code: string,
): Promise<ClickParams | undefined> {
  const bytes = decode(token);
  if (!bytes || bytes[0] !== VERSION || bytes.length < 1 + IV_BYTES + TAG_BYTES) return undefined;
  const iv = bytes.subarray(1, 1 + IV_BYTES);
  for (const key of await keys(secrets)) {
    try {
      const text = await crypto.subtle.decrypt(algorithm(iv, code), key, bytes.subarray(1 + IV_BYTES));
      return Object.fromEntries(new URLSearchParams(new TextDecoder().decode(text)));
    } catch {
      // Not this key's: an earlier one's, or nobody's.
    }
  }
  return undefined;
}

function algorithm(iv: Uint8Array, code: string) {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(`v${VERSION} ${code}`) };
}

function keys(secrets: Secrets): Promise<CryptoKey[]> {
  let known = keysOf.get(secrets);
  if (!known) {
    known = derivedKeys(secrets, `clickferry link parameters v${VERSION}`, "AES-GCM");
    keysOf.set(secrets, known);
  }
  return known;
}

function decode(token: string): Uint8Array | undefined {
  if (token.length > TOKEN_LENGTH || !/^[\w-]+$/.test(token)) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(token, { alphabet: "base64url" });
    // Base64 has several spellings of the same bytes where the last character has bits to spare.
    return bytes.toBase64({ alphabet: "base64url", omitPadding: true }) === token ? bytes : undefined;
  } catch {
    return undefined;
  }
}
