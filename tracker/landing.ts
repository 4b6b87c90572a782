/**
 * What made an address a landing: its non-empty `aff` and `avad` (and `affitor_test`), in its query or, as hash
 * routers write it, in its fragment (`#/pricing?aff=X`, `#aff=X`). A parameter of an address inside a value
 * (`?next=/x?aff=Y`) is none. However an app's router orders and encodes them, they are the same. Pure.
 *
 * @returns "&aff=X" and the like, encoded as forms are; null for any other address.
 */
export function landingOf(href: string | null | undefined): string[] | null {
  const query = new URLSearchParams(href?.replace(/^[^?#]*\??|#([^?&]*\?)?/g, "&"));
  return `&${query}`.match(/&(aff|avad)=[^&]+|&affitor_test=1/g);
}
