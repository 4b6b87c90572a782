/** E-mail addresses in text from outside, also percent-encoded (%40) and encoded again (%2540). Pure. */

const AT = "(?:@|%(?:25)*40)";
// Every part is bounded, so that a long text without an address costs no more than its length.
const LOCAL = "[\\p{L}\\p{N}._%+'-]{1,64}";
const DOMAIN = "(?:[\\p{L}\\p{N}-]{1,63}\\.){1,8}(?:xn--[a-z0-9-]{1,59}|\\p{L}{2,24})";
const EMAIL = new RegExp(`${LOCAL}${AT}${DOMAIN}`, "giu");

export function containsEmail(text: string): boolean {
  return findEmail(text) !== undefined;
}

/** @returns the first address, decoded and in lower case */
export function findEmail(text: string): string | undefined {
  if (!mayContainEmail(text)) return undefined;
  const decoded = decodeAscii(text);
  return decoded.match(EMAIL)?.[0].toLowerCase();
}

/** Puts "redacted" in the place of every address. */
export function redactEmails(text: string): string {
  return mayContainEmail(text) ? text.replace(EMAIL, "redacted") : text;
}

function mayContainEmail(text: string): boolean {
  return text.includes("@") || text.includes("40");
}

/** Four layers of encoding at most. ASCII is enough to find an address by, and cannot be malformed. */
export function decodeAscii(text: string): string {
  let decoded = text;
  for (let layer = 0; layer < 4 && decoded.includes("%"); layer++) {
    decoded = decoded.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
  return decoded;
}
