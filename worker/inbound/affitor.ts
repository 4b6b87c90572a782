/** Affitor's dialect (seed 003, CONTRACTS 1): POST /api/v1/track/click. */

import type { ClickRequest, LinkKey } from "../click.ts";
import { type Accepted, accept, acceptTest } from "../clicks/accept.ts";
import { clickSecrets, type Env } from "../env.ts";
import { type Failure, invalid, isFailure } from "../failure.ts";
import {
  AFFILIATE_URL_LIMIT_BYTES,
  type AffitorClick,
  BODY_LIMIT_BYTES,
  parseAffitorClick,
} from "./affitor-schema.ts";
import { clickCookie } from "./click-cookie.ts";
import { corsHeaders, methodNotAllowed, preflight } from "./cors.ts";
import { eventKey } from "./event-key.ts";
import { type Landing, parseLanding } from "./landing.ts";
import { openParams } from "./params-token.ts";
import { readBody } from "./read-body.ts";
import { visitorOf } from "./visitor.ts";

const METHODS = "POST, OPTIONS";
const CONTENT_TYPE = /^(?:application\/json|text\/plain)\s*(?:;|$)/i;

/** @param now unix ms. */
export async function trackClick(request: Request, env: Env, now: number): Promise<Response> {
  if (request.method === "OPTIONS") return preflight(request, METHODS);
  if (request.method !== "POST") return methodNotAllowed(request, METHODS);
  const headers = corsHeaders(request);
  try {
    const click = await readClick(request, env);
    if (isFailure(click)) return refuse(click, headers);
    if (click.body.additional_data?.test_mode) {
      const data = await acceptTest(
        env,
        click.request,
        click.body.additional_data.program_id ?? undefined,
        now,
      );
      return isFailure(data) ? refuse(data, headers) : testAnswer(data, headers);
    }
    const accepted = await accept(env, click.request, now);
    if (isFailure(accepted)) return refuse(accepted, headers);
    const cookie = cookieFor(request, click.request, accepted);
    const { transaction_id: _, ...told } = accepted.answer;
    if (!cookie) return Response.json({ success: true, ...told }, { headers });
    headers.append("Set-Cookie", cookie);
    // The script must then leave this cookie alone: written again by script, Safari would cap it after all.
    return Response.json({ success: true, ...told, cookie_set: true }, { headers });
  } catch (error) {
    console.error("click tracking failed", error);
    return Response.json({ error: "Click tracking failed" }, { status: 500, headers });
  }
}

interface ReadClick {
  body: AffitorClick;
  request: ClickRequest;
}

async function readClick(request: Request, env: Env): Promise<ReadClick | Failure> {
  if (!CONTENT_TYPE.test(request.headers.get("Content-Type") ?? "")) {
    return invalid("Content-Type", "Content-Type must be application/json or text/plain");
  }
  const text = await readBody(request, BODY_LIMIT_BYTES);
  if (typeof text !== "string") return text;
  const body = parseAffitorClick(text);
  if (isFailure(body)) return body;
  const { affiliate_url, existing_click_id, additional_data, user_agent, ...context } = body;
  if (!affiliate_url) return invalid("affiliate_url", "affiliate_url is required");
  if (
    affiliate_url.length > AFFILIATE_URL_LIMIT_BYTES ||
    byteLength(affiliate_url) > AFFILIATE_URL_LIMIT_BYTES
  ) {
    return invalid("affiliate_url", `affiliate_url must have at most ${AFFILIATE_URL_LIMIT_BYTES} bytes`);
  }
  const landing = parseLanding(affiliate_url);
  if (!landing) return invalid("affiliate_url", "Invalid affiliate_url");
  const link = linkKey(
    landing,
    additional_data?.program_id ?? undefined,
    additional_data?.test_mode ?? false,
  );
  if ("failure" in link) return link;
  const event_id = additional_data?.event_id ?? eventKey(request);
  if (typeof event_id === "object") return event_id;
  const user_id = additional_data?.user_id;
  const sealed = landing.sealed_params && landing.aff;
  const params = {
    ...landing.params,
    // Altered, they are no parameters: the click itself counts all the same.
    ...(sealed && (await openParams(clickSecrets(env), landing.sealed_params!, landing.aff!))),
    ...(user_id && { user_id }),
  };
  return {
    body,
    request: {
      dialect: "affitor",
      link,
      page: { ...dropAbsent(context), affiliate_url: affiliate_url.toWellFormed() },
      visitor: visitorOf(request, user_agent ?? undefined),
      params,
      event_id,
      existing_click_id: existing_click_id ?? undefined,
      arrival: landing.arrival,
    },
  };
}

/** aff decides the link; an avad alone counts on the built-in link of the program it can be tied to. */
function linkKey(landing: Landing, programId: number | undefined, test: boolean): LinkKey | Failure {
  if (landing.aff) return { by: "code", code: landing.aff };
  if (programId && (landing.params.avad || test)) return { by: "program", program_id: programId };
  if (landing.params.avad) return { by: "host", host: landing.host };
  return { failure: "no_referral" };
}

function cookieFor(request: Request, click: ClickRequest, { answer, link }: Accepted): string | undefined {
  // The Origin is the page that a browser vouches for; the body is only what the caller says.
  const page = URL.parse(request.headers.get("Origin") ?? click.page.affiliate_url!);
  return page ? clickCookie(new URL(request.url), page, link.program, answer.click_id) : undefined;
}

function testAnswer(data: { eventId: number; programId: number }, headers: Headers): Response {
  return Response.json(
    { success: true, message: "Test click event tracked successfully", data: { ...data, test_mode: true } },
    { headers },
  );
}

/** The one mapping of failures to Affitor's answers. */
function refuse(failure: Failure, headers: Headers): Response {
  const error = (message: string, status: number) => Response.json({ error: message }, { status, headers });
  switch (failure.failure) {
    case "invalid":
      return error(failure.message, 400);
    case "too_large":
      return error(`body must have at most ${failure.limit_bytes} bytes`, 413);
    case "merchant_ambiguous":
    case "no_referral":
      return error("No aff parameter found in affiliate_url", 400);
    case "link_not_found":
      return error("Referral link not found", 400);
    case "link_broken":
      return error("Invalid referral link configuration", 400);
    case "link_inactive":
      return Response.json({ success: false, message: "Referral link is inactive" }, { headers });
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function dropAbsent<T extends object>(context: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(
    Object.entries(context).filter(([, value]) => value != null && value !== ""),
  ) as never;
}
