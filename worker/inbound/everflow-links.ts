/** Everflow's dialect, generated tracking links (seed 001): POST /v1/networks/tracking/offers/clicks. */

import type { ClickParams } from "../click.ts";
import { readLink } from "../clicks/links.ts";
import { clickSecrets, type Env } from "../env.ts";
import { type Failure, isFailure } from "../failure.ts";
import { eflowKey } from "./eflow-key.ts";
import { BODY_LIMIT_BYTES, type TrackingLinkRequest, trackingLinkRequest } from "./everflow-links-schema.ts";
import { SEALED_PARAMS_PARAM } from "./landing.ts";
import { sealParams } from "./params-token.ts";
import { parseJson } from "./parse-json.ts";
import { readBody } from "./read-body.ts";

export async function generateTrackingLink(request: Request, env: Env): Promise<Response> {
  if (request.method !== "POST") {
    return Response.json(
      { error: "Method not allowed: use POST" },
      { status: 405, headers: { Allow: "POST" } },
    );
  }
  try {
    const key = await eflowKey(request, env, Date.now());
    if (!key) return error("X-Eflow-API-Key is missing or unknown", 401);
    if (key.kind === "too-many") {
      return error("Too many wrong keys from this address: try again later", 429, {
        "Retry-After": String(key.retry_after_seconds),
      });
    }
    if (key.kind !== "management") return error("This call needs a management key", 403);
    const text = await readBody(request, BODY_LIMIT_BYTES);
    if (typeof text !== "string") return refuse(text);
    const given = parseJson(trackingLinkRequest, text);
    if (isFailure(given)) return refuse(given);
    // Not from the cache: a manager may have made the link a moment ago.
    const link = await readLink(env.DB, {
      by: "everflow",
      offer_id: given.network_offer_id,
      affiliate_id: given.network_affiliate_id,
    });
    if (isFailure(link)) return refuse(link);
    if (link.status !== "active") return refuse({ failure: "link_inactive", program: link.program });
    const url = new URL(`/c/${encodeURIComponent(link.code)}`, request.url);
    const params = paramsOf(given);
    if (given.is_encrypt_parameters && Object.keys(params).length > 0) {
      url.searchParams.set(SEALED_PARAMS_PARAM, await sealParams(clickSecrets(env), params, link.code));
    } else {
      url.search = new URLSearchParams(params).toString();
    }
    return Response.json({ url: url.href });
  } catch (fault) {
    console.error("generating a tracking link failed", fault);
    return error("Generating the tracking link failed", 500);
  }
}

/** As they stand in the link: under the names that /clk documents, where it has one. */
function paramsOf(given: TrackingLinkRequest): ClickParams {
  const named = {
    sub1: given.sub1,
    sub2: given.sub2,
    sub3: given.sub3,
    sub4: given.sub4,
    sub5: given.sub5,
    source_id: given.source_id,
    uid: given.network_offer_url_id,
    creative_id: given.creative_id,
    traffic_source_id: given.network_traffic_source_id,
  };
  const params: ClickParams = {};
  for (const [name, value] of Object.entries(named)) {
    if (value != null && value !== "") params[name] = String(value).toWellFormed();
  }
  return params;
}

function error(message: string, status: number, headers: Record<string, string> = {}): Response {
  return Response.json({ error: message }, { status, headers });
}

/** The one mapping of failures to the answers of this call. */
function refuse(failure: Failure): Response {
  switch (failure.failure) {
    case "invalid":
      return error(failure.message, 400);
    case "too_large":
      return error(`body must have at most ${failure.limit_bytes} bytes`, 413);
    case "link_inactive":
      return error("The link of this offer and affiliate is not active", 400);
    case "link_broken":
      return error("The link of this offer and affiliate has no program or partner", 400);
    case "link_not_found":
    case "merchant_ambiguous":
    case "no_referral":
      return error("No link has this network_offer_id and network_affiliate_id", 404);
  }
}
