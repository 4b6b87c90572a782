/** Keys for one purpose each, from the one secret that is set (HKDF, RFC 5869). */

import type { Secrets } from "./settings.ts";

const encoder = new TextEncoder();

type Purpose =
  | { name: "HMAC"; hash: "SHA-256"; length: 256; usages: ["sign"] }
  | { name: "AES-GCM"; length: 256; usages: ["encrypt", "decrypt"] };

const PURPOSES = {
  HMAC: { name: "HMAC", hash: "SHA-256", length: 256, usages: ["sign"] },
  "AES-GCM": { name: "AES-GCM", length: 256, usages: ["encrypt", "decrypt"] },
} as const satisfies Record<string, Purpose>;

/** @param info names the purpose and its version: two of them never share a key. */
async function derivedKey(
  secret: string,
  info: string,
  algorithm: keyof typeof PURPOSES,
): Promise<CryptoKey> {
  const { usages, ...derived } = PURPOSES[algorithm];
  const base = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveKey"]);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: encoder.encode(info) };
  return crypto.subtle.deriveKey(hkdf, base, derived, false, [...usages]);
}

/** The current secret's key and the earlier ones': made with the first, read with any, the newest tried first. */
export function derivedKeys(
  { clickIdSecret, clickIdSecretsPrevious }: Secrets,
  info: string,
  algorithm: keyof typeof PURPOSES,
): Promise<CryptoKey[]> {
  const secrets = [clickIdSecret, ...clickIdSecretsPrevious];
  return Promise.all(secrets.map((secret) => derivedKey(secret, info, algorithm)));
}
