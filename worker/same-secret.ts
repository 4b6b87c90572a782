const encoder = new TextEncoder();

/**
 * Compares two secrets in a time that tells nothing about where they differ.
 * Both are hashed first, because timingSafeEqual wants equal lengths and their inequality must not show either.
 */
export async function sameSecret(given: string, expected: string): Promise<boolean> {
  const [a, b] = await Promise.all([
    crypto.subtle.digest("SHA-256", encoder.encode(given)),
    crypto.subtle.digest("SHA-256", encoder.encode(expected)),
  ]);
  return crypto.subtle.timingSafeEqual(a, b);
}
