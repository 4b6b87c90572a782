const KEY_BYTES = 32;

/** Makes a partner's key and the hash it is stored as. With 256 random bits a plain SHA-256 needs no salt. */
export async function newPartnerKey(): Promise<{ api_key: string; hash: string }> {
  const random = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const base64 = btoa(String.fromCharCode(...random));
  const api_key = `cfp_${base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
  return { api_key, hash: await partnerKeyHash(api_key) };
}

/** @returns what partners.api_key_hash holds for a key: SHA-256 in hexadecimal. */
export async function partnerKeyHash(apiKey: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(apiKey))).toHex();
}
