/** The addresses under which a link can be given to a partner. Pure but for the host, which is this page's. */

import type { Link } from "../../api/types.ts";

/** The destination with its code: needs the script on the page. */
export function referralUrl({ destination_url, code, kind }: Link): string {
  const url = new URL(destination_url);
  // The built-in link of AvantLink has no code of its own; its visitors bring an avad.
  if (kind !== "avantlink") url.searchParams.set("aff", code);
  return url.href;
}

/** Counted on the server, then led to the destination: needs no script. */
export function trackingUrl({ code }: Link): string {
  return `${location.origin}/c/${encodeURIComponent(code)}`;
}
