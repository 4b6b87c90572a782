/**
 * The seal by which a landing is known for the end of a click that a tracking link has counted already: the
 * redirect puts it beside the click id, the page's tracker tells the landing URL, and nothing has to be looked up.
 * 16 bytes of the event's own id, which begins with its time, and 12 of HMAC-SHA-256 over what it belongs to.
 */

import type { Arrival, ReferralLink } from "../click.ts";
import { derivedKeys } from "../derived-key.ts";
import type { Secrets } from "../settings.ts";

const ID_BYTES = 16;
const MAC_BYTES = 12;
/** As long as a repeated event id is known: a page that is opened again later is a click again. */
const VALID_MS = 86_400_000;
/** Two machines' clocks may differ by so much. */
const SKEW_MS = 60_000;
const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

/** The click, as far as it is sealed. */
export interface SealedClick {
  /** The event's own id, 32 hexadecimal characters. */
  transaction_id: string;
  click_id: string;
}

/** Makes and opens seals. Keys are derived once, by the first call. */
export class ClickSealer {
  readonly #secrets: Secrets;
  #keys: Promise<CryptoKey[]> | undefined;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  async seal(click: SealedClick, link: ReferralLink): Promise<string> {
    const [key] = await this.#derived();
    const bytes = new Uint8Array(ID_BYTES + MAC_BYTES);
    bytes.set(Uint8Array.fromHex(click.transaction_id));
    bytes.set(await mac(key!, click, link), ID_BYTES);
    return bytes.toBase64(BASE64URL);
  }

  /**
   * @param now unix ms.
   * @returns undefined for what is forged, altered, of another link, or older than a day.
   */
  async open({ click_id, seal }: Arrival, link: ReferralLink, now: number): Promise<SealedClick | undefined> {
    const bytes = decode(seal);
    if (!bytes) return undefined;
    const at = new DataView(bytes.buffer).getUint32(0) * 1000;
    if (at > now + SKEW_MS || at < now - VALID_MS) return undefined;
    const click = { transaction_id: bytes.subarray(0, ID_BYTES).toHex(), click_id };
    for (const key of await this.#derived()) {
      if (crypto.subtle.timingSafeEqual(await mac(key, click, link), bytes.subarray(ID_BYTES))) return click;
    }
    return undefined;
  }

  #derived(): Promise<CryptoKey[]> {
    this.#keys ??= derivedKeys(this.#secrets, "clickferry click seal v1", "HMAC");
    return this.#keys;
  }
}

async function mac(key: CryptoKey, click: SealedClick, link: ReferralLink): Promise<Uint8Array> {
  const message = JSON.stringify([click.transaction_id, click.click_id, link.program.id, link.code]);
  return new Uint8Array(
    await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(message)),
    0,
    MAC_BYTES,
  );
}

function decode(seal: string): Uint8Array | undefined {
  if (!/^[\w-]{38}$/.test(seal)) return undefined;
  try {
    return Uint8Array.fromBase64(seal, { alphabet: "base64url" });
  } catch {
    // The last character may carry bits that belong to no byte.
    return undefined;
  }
}
