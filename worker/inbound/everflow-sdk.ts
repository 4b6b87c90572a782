/**
 * Everflow's dialect, browser script (CONTRACTS 2): GET /sdk/click, as EF.click() calls it. Its promise settles only
 * on an answer with a transaction_id, so there is none without: whatever fails is an HTTP error.
 */

import type { ClickRequest } from "../click.ts";
import { type Accepted, accept } from "../clicks/accept.ts";
import type { Env } from "../env.ts";
import { isEverflowTransactionId } from "../everflow-transaction-id.ts";
import { type Failure, isFailure } from "../failure.ts";
import { CLICK_COOKIE, clickCookie } from "./click-cookie.ts";
import { corsHeaders, methodNotAllowed, preflight } from "./cors.ts";
import { everflowAnswer } from "./everflow-answer.ts";
import { everflowPair, everflowParams } from "./everflow-query.ts";
import { readCookie } from "./read-cookie.ts";
import { cut } from "./text.ts";
import { visitorOf } from "./visitor.ts";

const METHODS = "GET, OPTIONS";
const URL_LENGTH = 2048;

/** @param now unix ms. */
export async function sdkClick(request: Request, env: Env, now: number): Promise<Response> {
  if (request.method === "OPTIONS") return preflight(request, METHODS);
  if (request.method !== "GET") return methodNotAllowed(request, METHODS);
  const headers = corsHeaders(request);
  headers.set("Cache-Control", "no-store");
  try {
    const query = new URL(request.url).searchParams;
    const pair = everflowPair(query);
    if (isFailure(pair)) return refuse(pair, headers);
    const known = query.get("_ef_transaction_id") ?? "";
    const accepted = await accept(env, { ...clickOf(request, query, known), link: pair.link }, now);
    if (isFailure(accepted)) return refuse(accepted, headers);
    const cookie = cookieFor(request, accepted);
    if (cookie) headers.append("Set-Cookie", cookie);
    const { program } = accepted.link;
    // Everflow has a click that it redirected itself, and is not told of it again: its id is the one that counts there.
    const transaction_id = isEverflowTransactionId(known) ? known : accepted.answer.transaction_id;
    // The script names a cookie by it; 0 where the program's settings do not say.
    const aid = program.everflow_advertiser_id ?? 0;
    return Response.json(everflowAnswer(pair, aid, program, { error_code: 0, transaction_id }), { headers });
  } catch (error) {
    console.error("click tracking failed", error);
    return Response.json({ error: "Click tracking failed" }, { status: 500, headers });
  }
}

function clickOf(request: Request, query: URLSearchParams, known: string): Omit<ClickRequest, "link"> {
  const params = everflowParams(query);
  const coupon = query.get("__cc");
  if (coupon) params.coupon_code = cut(coupon, 512);
  if (known) params._ef_transaction_id = cut(known, 512);
  return {
    dialect: "everflow",
    page: {
      page_url: cut(request.headers.get("Referer") ?? "", URL_LENGTH) || undefined,
      referrer_url: cut(query.get("__rf") ?? "", URL_LENGTH) || undefined,
    },
    visitor: visitorOf(request, undefined),
    params,
    // A page that is loaded again calls with the same id, and it is the same click.
    event_id: isEverflowTransactionId(known) ? `everflow:${known.toLowerCase()}` : undefined,
    existing_click_id: readCookie(request, CLICK_COOKIE),
  };
}

function cookieFor(request: Request, { answer, link }: Accepted): string | undefined {
  const page = URL.parse(request.headers.get("Origin") ?? "");
  return page ? clickCookie(new URL(request.url), page, link.program, answer.click_id) : undefined;
}

/** The one mapping of failures to the answers of /sdk/click. */
function refuse(failure: Failure, headers: Headers): Response {
  const error = (message: string) => Response.json({ error: message }, { status: 400, headers });
  switch (failure.failure) {
    case "invalid":
      return error(failure.message);
    case "link_inactive":
      return error("The link of this oid and affid is inactive");
    case "link_broken":
      return error("The link of this oid and affid has no program or partner");
    case "link_not_found":
    case "merchant_ambiguous":
    case "no_referral":
      return error("No link has this oid and affid");
    case "too_large":
      return error(`body must have at most ${failure.limit_bytes} bytes`);
  }
}
