/** What the edge saw of the visitor: headers and request.cf. Reads the request, no I/O. */

import type { Visitor } from "../click.ts";
import { preferredLanguage } from "./preferred-language.ts";
import { cut } from "./text.ts";

const USER_AGENT_LENGTH = 1024;

/**
 * HTTP libraries: an integrator's server called, so the header says nothing of the visitor (CONTRACTS 1).
 * Matched at the start of the header, where libraries name themselves and browsers say Mozilla/.
 */
const HTTP_LIBRARY =
  /^(?:curl|wget|python|aiohttp|httpx|go-http-client|undici|node|axios|got\b|deno|bun|php|guzzlehttp|symfony|wordpress|java|apache-httpclient|okhttp|ruby|faraday|rest-client|httparty|libwww-perl|lwp|httpie|postmanruntime|insomnia|restsharp|dart|reqwest|ureq|elixir|hackney|vert\.x|ktor|axum|hyper)/i;

/** @param told the user agent that the body names; it outranks the header. */
export function visitorOf(request: Request, told: string | undefined): Visitor {
  const header = request.headers.get("User-Agent") ?? "";
  const cf = (request.cf ?? {}) as Partial<IncomingRequestCfProperties>;
  const library = HTTP_LIBRARY.test(header);
  return {
    ip: request.headers.get("CF-Connecting-IP") ?? "",
    user_agent: cut(told || (library ? "" : header), USER_AGENT_LENGTH),
    // Of whoever the User-Agent is.
    language: told || library ? undefined : preferredLanguage(request.headers.get("Accept-Language") ?? ""),
    gpc: request.headers.get("Sec-GPC") === "1",
    continent: cf.continent,
    country: cf.country,
    region: cf.region,
    region_code: cf.regionCode,
    city: cf.city,
    postal_code: cf.postalCode,
    dma: cf.metroCode ? Number(cf.metroCode) : undefined,
    geo_timezone: cf.timezone,
    asn: cf.asn,
    as_organization: cf.asOrganization,
  };
}
