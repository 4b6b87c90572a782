/** AvantLink's dialect (seed 004, CONTRACTS 3): POST /merchants/{merchant_id}/tracking/click. */

import { z } from "zod";
import type { ClickParams, ClickRequest } from "../click.ts";
import { accept } from "../clicks/accept.ts";
import type { Env } from "../env.ts";
import { type Failure, invalid, isFailure } from "../failure.ts";
import {
  type AvantlinkClick,
  avantlinkClick,
  BODY_LIMIT_BYTES,
  type TrackingIds,
  trackingIds,
} from "./avantlink-schema.ts";
import { eventKey } from "./event-key.ts";
import { parseJson } from "./parse-json.ts";
import { readBody } from "./read-body.ts";
import { cut } from "./text.ts";
import { visitorOf } from "./visitor.ts";

const CONTENT_TYPE = /^application\/json\s*(?:;|$)/i;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const idsAlone = z.object({ tracking_ids: trackingIds });

/** The seed's own 400. */
const BLANK_IDS = {
  error: "You must provide at least one tracking id in order to generate a episode_id.",
  error_key: "client.model.merchants_tracking.tracking_ids.blank",
  exception: "InvalidArgumentException",
};

/** @param now unix ms. */
export async function avantlinkTracking(
  request: Request,
  merchantId: string,
  env: Env,
  now: number,
): Promise<Response> {
  if (request.method !== "POST") {
    const headers = { Allow: "POST" };
    return fault(405, "Use POST.", "method.not_allowed", "MethodNotAllowedException", headers);
  }
  try {
    if (!UUID.test(merchantId)) return refuse({ failure: "link_not_found" });
    const click = await readClick(request);
    if (click === "blank") return Response.json(BLANK_IDS, { status: 400 });
    if (isFailure(click)) return refuse(click);
    const link = { by: "merchant", merchant_id: merchantId.toLowerCase() } as const;
    const accepted = await accept(env, { ...click, link }, now);
    return isFailure(accepted) ? refuse(accepted) : Response.json({ success: true });
  } catch (error) {
    console.error("click tracking failed", error);
    return fault(500, "Click tracking failed.", "failed", "RuntimeException");
  }
}

async function readClick(request: Request): Promise<Omit<ClickRequest, "link"> | "blank" | Failure> {
  if (!CONTENT_TYPE.test(request.headers.get("Content-Type") ?? "")) {
    return invalid("Content-Type", "Content-Type must be application/json");
  }
  const text = await readBody(request, BODY_LIMIT_BYTES);
  if (typeof text !== "string") return text;
  // Asked before the rest: a call without any id gets the seed's answer, whatever else is missing.
  const ids = parseJson(idsAlone, text);
  if (isFailure(ids)) return ids;
  if (isBlank(ids.tracking_ids)) return "blank";
  const body = parseJson(avantlinkClick, text);
  if (isFailure(body)) return body;
  const event_id = eventKey(request);
  if (typeof event_id === "object") return event_id;
  const { gpc, continent } = visitorOf(request, undefined);
  return {
    dialect: "avantlink",
    page: {
      affiliate_url: cut(body.current_url, body.current_url.length),
      referrer_url: body.referrer_url || undefined,
    },
    // A server calls: what it does not tell of the visitor, geography above all, is unknown.
    visitor: { ip: body.user_ip_address ?? "", user_agent: body.user_agent, gpc },
    near: continent,
    params: paramsOf(body),
    event_id,
    // A merchant who passes on the cookie's click id names the customer; any other id fails its signature.
    existing_click_id: body.tracking_ids?.visitor_id?.find((id) => id.startsWith("cust_")),
  };
}

function isBlank(ids: TrackingIds): boolean {
  return ![...(ids?.user_id ?? []), ...(ids?.visitor_id ?? []), ids?.avantlink_avad].some((id) => id?.trim());
}

/** Under the names that networks/avantlink.ts reads. The arrays are there even when empty: they stand for the caller's. */
function paramsOf(body: AvantlinkClick): ClickParams {
  const { user_id, visitor_id, avantlink_avad } = body.tracking_ids ?? {};
  const params: ClickParams = {
    user_ids: JSON.stringify(user_id ?? []),
    visitor_ids: JSON.stringify(visitor_id ?? []),
  };
  if (avantlink_avad) params.avad = cut(avantlink_avad, avantlink_avad.length);
  if (body.google_click_id) params.gclid = body.google_click_id;
  if (body.custom_tracking_code) params.custom_tracking_code = body.custom_tracking_code;
  return params;
}

/** The seed's shape; keys that begin with "clickferry." are ours. */
function fault(
  status: number,
  error: string,
  key: string,
  exception = "InvalidArgumentException",
  headers: Record<string, string> = {},
): Response {
  return Response.json({ error, error_key: `clickferry.${key}`, exception }, { status, headers });
}

/** The one mapping of failures to AvantLink's answers. */
function refuse(failure: Failure): Response {
  switch (failure.failure) {
    case "invalid":
      return fault(400, `${failure.message}.`, `${failure.field}.invalid`);
    case "too_large":
      return fault(413, `body must have at most ${failure.limit_bytes} bytes.`, "body.too_large");
    case "link_inactive":
      return fault(400, "The merchant's program is inactive.", "program.inactive");
    case "merchant_ambiguous": {
      const error = "More than one active program has this merchant_id.";
      return fault(409, error, "merchant_id.ambiguous", "ConflictException");
    }
    case "link_broken":
    case "link_not_found":
    case "no_referral":
      return fault(404, "No program has this merchant_id.", "merchant_id.unknown", "NotFoundException");
  }
}
