/**
 * The dashboard's session: a signed cookie and nothing stored. What is signed holds the credential that made it, so
 * that a changed ADMIN_TOKEN ends every manager's session, and a rotated key its partner's.
 *
 * Signed with a key derived from CLICK_ID_SECRET, not with the token: a partner knows everything else that its own
 * signature is made of, and could try tokens against it at home.
 */

import { derivedKeys } from "../derived-key.ts";
import type { Secrets } from "../settings.ts";

const COOKIE = "clickferry_session";
const SESSION_SECONDS = 12 * 60 * 60;

/** Whose session it is, with the credential as it is now. */
export type Holder = { role: "admin"; token: string } | { role: "partner"; id: number; api_key_hash: string };

/** What a cookie says of itself, before anybody has checked it. */
export interface Claim {
  /** Undefined: an admin's. */
  partner_id: number | undefined;
  /** Unix ms. */
  expires_at: number;
  signature: Uint8Array;
}

const derived = new WeakMap<Secrets, Promise<CryptoKey[]>>();
const encoder = new TextEncoder();

/** @returns the value of a Set-Cookie header: `clickferry_session=<expiry, unix ms>.<admin, or partner's id>.<HMAC>`. */
export async function sessionCookie(
  secrets: Secrets,
  holder: Holder,
  now: number,
  at: { path: string; secure: boolean },
): Promise<{ header: string; expires_at: number }> {
  const expires_at = now + SESSION_SECONDS * 1000;
  const [key] = await keys(secrets);
  const signature = await sign(key!, holder, expires_at);
  const value = `${expires_at}.${holder.role === "admin" ? "admin" : holder.id}.${signature.toHex()}`;
  return { header: `${COOKIE}=${value}; Max-Age=${SESSION_SECONDS}; ${attributes(at)}`, expires_at };
}

/** @returns the value of a Set-Cookie header that removes the session. */
export function endedCookie(at: { path: string; secure: boolean }): string {
  return `${COOKIE}=; Max-Age=0; ${attributes(at)}`;
}

/** @returns what the session in a Cookie header claims; undefined where there is none, or one that is over. */
export function claimedSession(cookies: string | null, now: number): Claim | undefined {
  const match = /(?:^|;\s*)clickferry_session=(\d{13})\.(admin|[1-9]\d{0,14})\.([0-9a-f]{64})(?:;|$)/.exec(
    cookies ?? "",
  );
  if (!match) return undefined;
  const expires_at = Number(match[1]);
  if (now >= expires_at) return undefined;
  const partner_id = match[2] === "admin" ? undefined : Number(match[2]);
  return { partner_id, expires_at, signature: Uint8Array.fromHex(match[3]!) };
}

/** Whether the claim was signed here for this holder, whose credential is still the same. */
export async function isGenuine(claim: Claim, secrets: Secrets, holder: Holder): Promise<boolean> {
  for (const key of await keys(secrets)) {
    const expected = await sign(key, holder, claim.expires_at);
    if (crypto.subtle.timingSafeEqual(expected, claim.signature)) return true;
  }
  return false;
}

function attributes({ path, secure }: { path: string; secure: boolean }): string {
  return `Path=${path}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
}

async function sign(key: CryptoKey, holder: Holder, expiresAt: number): Promise<Uint8Array> {
  // The first word tells which of the two it is, and only the last can hold anything but digits.
  const message =
    holder.role === "admin"
      ? `admin ${expiresAt} ${holder.token}`
      : `partner ${expiresAt} ${holder.id} ${holder.api_key_hash}`;
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(message)));
}

/** Derived once for the settings of an isolate. */
function keys(secrets: Secrets): Promise<CryptoKey[]> {
  let known = derived.get(secrets);
  if (!known) {
    known = derivedKeys(secrets, "clickferry session v1", "HMAC");
    derived.set(secrets, known);
  }
  return known;
}
