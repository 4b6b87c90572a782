/**
 * Signed click ids: `cust_<32 hex>_<unix ms>`. The 16 bytes are 4 of time (unix seconds, so that ids sort by
 * time and a table keyed by them is appended to), 6 of randomness and 6 of HMAC-SHA-256 over program, time in ms
 * and randomness. A guessed, altered or foreign id fails its signature and is treated as absent, without a
 * read; 48 bits are ample for that, since a forged id would gain its maker nothing but a customer of his own.
 */

import type { Secrets } from "../settings.ts";

const RANDOM_BYTES = 6;
const SIGNED_BYTES = 10;
const ID_BYTES = 16;
const PATTERN = /^cust_([0-9a-f]{32})_(\d{10,15})$/;

export interface ClickId {
  /** 32 hexadecimal characters. */
  id: string;
  /** Unix ms. */
  at: number;
}

/** Signs and checks click ids. Keys are imported once, by the first call. */
export class ClickIdSigner {
  readonly #keys: Promise<CryptoKey[]>;

  constructor({ clickIdSecret, clickIdSecretsPrevious }: Secrets) {
    this.#keys = Promise.all([clickIdSecret, ...clickIdSecretsPrevious].map(importKey));
  }

  /** @param at unix ms. */
  async mint(programId: number, at: number): Promise<string> {
    const [key] = await this.#keys;
    const id = new Uint8Array(ID_BYTES);
    new DataView(id.buffer).setUint32(0, Math.floor(at / 1000));
    crypto.getRandomValues(id.subarray(SIGNED_BYTES - RANDOM_BYTES, SIGNED_BYTES));
    id.set(await signature(key!, id, programId, at), SIGNED_BYTES);
    return id.toHex();
  }

  /** @returns undefined for an id that this program did not get from us. */
  async verify(clickId: string, programId: number): Promise<ClickId | undefined> {
    const match = PATTERN.exec(clickId);
    if (!match) return undefined;
    const at = Number(match[2]);
    const id = Uint8Array.fromHex(match[1]!);
    const given = id.subarray(SIGNED_BYTES);
    for (const key of await this.#keys) {
      const expected = await signature(key, id, programId, at);
      if (crypto.subtle.timingSafeEqual(expected, given)) return { id: match[1]!, at };
    }
    return undefined;
  }
}

async function signature(key: CryptoKey, id: Uint8Array, programId: number, at: number): Promise<Uint8Array> {
  const message = new Uint8Array(SIGNED_BYTES + 16);
  message.set(id.subarray(0, SIGNED_BYTES));
  const view = new DataView(message.buffer);
  view.setFloat64(SIGNED_BYTES, programId);
  view.setFloat64(SIGNED_BYTES + 8, at);
  const mac = await crypto.subtle.sign("HMAC", key, message);
  return new Uint8Array(mac, 0, ID_BYTES - SIGNED_BYTES);
}

function importKey(secret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}
