/**
 * Whether a browser sent this from a page of the collector's own origin. SameSite=Strict already keeps the session
 * cookie from other sites; this also keeps it from other origins of the same site, such as the merchant's shop.
 * A call that says neither is no browser's: whoever holds no browser has a bearer token.
 */
export function sameOrigin(request: Request): boolean {
  const site = request.headers.get("Sec-Fetch-Site");
  if (site !== null) return site === "same-origin";
  const origin = request.headers.get("Origin");
  // Hosts, not origins: behind a proxy that ends TLS the page is https and this request is not.
  return origin !== null && URL.canParse(origin) && new URL(origin).host === new URL(request.url).host;
}
