/** The dashboard's session: a signed cookie and nothing stored, so that a changed ADMIN_TOKEN ends every session. */

import { hex } from "./hex.ts";

const COOKIE = "clickferry_session";
const SESSION_SECONDS = 12 * 60 * 60;

const encoder = new TextEncoder();
let imported: { adminToken: string; key: Promise<CryptoKey> } | undefined;

/** @returns the value of a Set-Cookie header: `clickferry_session=<expiry, unix ms>.<HMAC>`. */
export async function sessionCookie(
  adminToken: string,
  now: number,
  at: { path: string; secure: boolean },
): Promise<{ header: string; expires_at: number }> {
  const expiresAt = now + SESSION_SECONDS * 1000;
  const signature = await crypto.subtle.sign("HMAC", await key(adminToken), message(expiresAt));
  const value = `${expiresAt}.${hex(signature)}`;
  return {
    header: `${COOKIE}=${value}; Max-Age=${SESSION_SECONDS}; ${attributes(at)}`,
    expires_at: expiresAt,
  };
}

/** @returns the value of a Set-Cookie header that removes the session. */
export function endedCookie(at: { path: string; secure: boolean }): string {
  return `${COOKIE}=; Max-Age=0; ${attributes(at)}`;
}

/** @returns when the session in a Cookie header ends (unix ms), or undefined where it holds none that is valid now. */
export async function sessionExpiry(
  cookies: string | null,
  adminToken: string,
  now: number,
): Promise<number | undefined> {
  const match = /(?:^|;\s*)clickferry_session=(\d{13})\.([0-9a-f]{64})(?:;|$)/.exec(cookies ?? "");
  if (!match) return undefined;
  const expiresAt = Number(match[1]);
  const signature = Uint8Array.from(match[2]!.match(/../g)!, (byte) => Number.parseInt(byte, 16));
  const signed = await crypto.subtle.verify("HMAC", await key(adminToken), signature, message(expiresAt));
  return signed && now < expiresAt ? expiresAt : undefined;
}

function attributes({ path, secure }: { path: string; secure: boolean }): string {
  return `Path=${path}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
}

function message(expiresAt: number) {
  return encoder.encode(`session ${expiresAt}`);
}

/** The prefix keeps this key from being the key of anything else that is ever derived from the token. */
function key(adminToken: string): Promise<CryptoKey> {
  if (imported?.adminToken !== adminToken) {
    imported = {
      adminToken,
      key: crypto.subtle.importKey(
        "raw",
        encoder.encode(`clickferry session ${adminToken}`),
        { name: "HMAC", hash: "SHA-256" },
        false,
        ["sign", "verify"],
      ),
    };
  }
  return imported.key;
}
