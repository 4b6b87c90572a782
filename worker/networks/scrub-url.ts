/** Takes personal data out of a page's address (seed 004, "Privacy & Security"). Pure. */

import { redactEmails } from "./email.ts";
import { isPersonalParam } from "./personal-param.ts";

/** `https://name:password@host`: as lenient about slashes as browsers are. */
const CREDENTIALS = /^(\s*[a-z][a-z0-9+.-]*:[\\/]*)[^\\/?#]*@/i;

/**
 * Parameters that hold personal data go, in the query and in a fragment's own query (`#/pricing?email=…`); an e-mail
 * address in the path becomes "redacted". All that stays is byte for byte as it came, `avad` above all: parsing and
 * writing the address anew would re-encode it.
 */
export function scrubUrl(address: string): string {
  const [page, fragment] = splitAt(address, "#");
  const scrubbed = scrubPathAndQuery(page.replace(CREDENTIALS, "$1"));
  if (fragment === undefined) return scrubbed;
  // Hash routers write #/pricing?aff=X, plain pages #aff=X: as the landing is read.
  const isQuery = fragment.includes("=") && !fragment.includes("?");
  return `${scrubbed}#${isQuery ? scrubQuery(fragment) : scrubPathAndQuery(fragment)}`;
}

function scrubPathAndQuery(text: string): string {
  const [path, query] = splitAt(text, "?");
  const kept = query && scrubQuery(query);
  return redactEmails(path) + (kept ? `?${kept}` : "");
}

function scrubQuery(query: string): string {
  return query
    .split("&")
    .filter((pair) => !isPersonalParam(pair))
    .join("&");
}

function splitAt(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
