/**
 * The visitor of a call that a browser or an integrator's server may have made, and where the call came from.
 *
 * A server's own address and geography are not its visitor's, so they are not kept as such. What it tells of the
 * visitor is: his user agent and language as its own headers, his address as the first of X-Forwarded-For. Geography is never
 * derived from that, because anyone can write the header; it stays unknown.
 */

import type { Visitor } from "../click.ts";
import { visitorOf } from "./visitor.ts";

/** @returns `visitor` and `near` of a ClickRequest. */
export function called(request: Request): { visitor: Visitor; near: string | undefined } {
  const seen = visitorOf(request, undefined);
  const told = forwardedFor(request);
  // An HTTP library has no user agent of a visitor; with another address told before its own, a server forwards one.
  const byServer = seen.user_agent === "" || told !== undefined;
  return {
    visitor: byServer
      ? { ip: told ?? "", user_agent: seen.user_agent, language: seen.language, gpc: seen.gpc }
      : seen,
    near: seen.continent,
  };
}

/** Cloudflare puts the caller's own address behind what came: alone, it tells nothing. */
function forwardedFor(request: Request): string | undefined {
  const first = (request.headers.get("X-Forwarded-For") ?? "").split(",", 1)[0]!.trim();
  return first !== request.headers.get("CF-Connecting-IP") && isAddress(first) ? first : undefined;
}

function isAddress(text: string): boolean {
  if (text.includes(":")) return text.length <= 45 && URL.canParse(`http://[${text}]/`);
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) && URL.canParse(`http://${text}/`);
}
