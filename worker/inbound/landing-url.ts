/** Where a tracking link leads: never off the program's own hosts. Pure. */

import type { ReferralLink } from "../click.ts";
import { onOwnHosts } from "../own-hosts.ts";

/**
 * @param given the parameters of the call, which win over the destination's own of the same name.
 * @returns the link's destination with them and `aff`; the program's landing page in its stead where the destination has
 * left the program's hosts; undefined where neither is a page's address.
 */
export function landingUrl(link: ReferralLink, given: [string, string][]): URL | undefined {
  const { program } = link;
  const landingPage = pageUrl(program.landing_url);
  if (!landingPage) return undefined;
  const destination = pageUrl(link.destination_url);
  const url = destination && onOwnHosts(destination.href, program) ? destination : landingPage;
  return withParams(url, [...given, ["aff", link.code]]);
}

/** A new URL; what is there stays byte for byte, but for parameters of the same name. */
export function withParams(url: URL, params: [string, string][]): URL {
  const result = new URL(url);
  for (const [name] of params) {
    if (result.searchParams.has(name)) result.searchParams.delete(name);
  }
  const added = new URLSearchParams(params).toString();
  result.search = result.search ? `${result.search}&${added}` : added;
  return result;
}

function pageUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}
