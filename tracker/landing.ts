/**
 * What made an address a landing: the non-empty `aff` or `avad` (or `affitor_test`) in its query or, as hash routers
 * write it, in its fragment (`#/pricing?aff=X`, `#aff=X`). A parameter of an address inside a value
 * (`?next=/x?aff=Y`) is none. Pure.
 *
 * @returns "aff=X", the first of them; undefined for any other address.
 */
export function landingOf(href: string | undefined): string | undefined {
  return /(^[^?#]*\?|#([^?]*\?)?|&)((aff|avad)=[^&#]+|affitor_test=1)/.exec(href!)?.[3];
}
