import { z } from "zod";
import { trackingLinkAnswer, trackingLinkRequest } from "../../../inbound/everflow-links-schema.ts";
import { IDEMPOTENCY_KEY, type Operation, type Parameter, Refused, tooLarge } from "../operation.ts";

const EverflowClick = z
  .object({
    aid: z.int().meta({ description: "The affiliate's id; in /sdk/click the advertiser's" }),
    error_code: z.int().meta({ description: "0 indicates success; 24: the link is inactive" }),
    oid: z.int(),
    session_duration: z.int().meta({ description: "Hours: the program's cookie window" }),
    transaction_id: z.string().meta({ description: "32 hexadecimal characters" }),
  })
  .meta({ id: "EverflowClick" });

const whole = z.int().min(0);
const query = (name: string, description: string, schema: z.ZodType = z.string()): Parameter => ({
  name,
  in: "query",
  description,
  schema,
});
const PAIR: Parameter[] = [
  { ...query("oid", "The offer's id", whole), required: true },
  { ...query("affid", "The affiliate's id", whole), required: true },
];
const numbered = (name: string, description: string) =>
  Array.from({ length: 10 }, (_, i) => query(`${name}${i + 1}`, description));
const CLICK: Parameter[] = [
  ...numbered("sub", "Sub-placement tracking value"),
  ...numbered("adv", "Advertiser's tracking value"),
  query("source_id", "Traffic source identifier"),
  query("uid", "Offer URL's id", whole),
  query("creative_id", "Creative's id", whole),
  query("coupon_code", "Coupon code for click-level attribution"),
  query("fbclid", "Facebook click id"),
  query("gclid", "Google Ads click id"),
  query("ttclid", "TikTok click id"),
  query("sccid", "Snapchat click id"),
  query("idfa", "Apple's identifier for advertisers, 8-4-4-4-12"),
  query("google_aid", "Google's advertising id"),
  query("android_id", "Android device id"),
];

export const everflow: Operation[] = [
  {
    method: "get",
    path: "/clk",
    tag: "Everflow's dialect",
    summary: "Create a click from a server",
    caller: "anyone",
    parameters: [...PAIR, ...CLICK, IDEMPOTENCY_KEY],
    answers: [
      {
        status: 200,
        description: "Recorded, or the link is inactive (error_code 24)",
        schema: EverflowClick,
      },
      {
        status: 400,
        description: "A parameter is missing or malformed, or there is no such link",
        schema: Refused,
      },
    ],
    examples: [
      {
        name: "The seed's answer",
        query: { oid: "2101", affid: "411" },
        status: 200,
        answer: {
          aid: 411,
          error_code: 0,
          oid: 2101,
          session_duration: 24,
          transaction_id: "73b30b226eb44dc884d56968282b8f39",
        },
      },
      { name: "With a placement", query: { oid: "123", affid: "266", sub1: "campaign_abc" }, status: 200 },
      {
        name: "Without an affiliate",
        query: { oid: "123" },
        status: 400,
        answer: { error: "affid is required" },
      },
    ],
  },
  {
    method: "get",
    path: "/sdk/click",
    tag: "Everflow's dialect",
    summary: "Create a click from Everflow's own browser script",
    caller: "anyone",
    parameters: [
      ...PAIR,
      query("async", "json"),
      query("_ef_transaction_id", "A click that Everflow already has: recorded, and not sent to it again"),
      query("__cc", "Coupon code"),
      query("__rf", "Referrer"),
      ...CLICK,
    ],
    answers: [
      { status: 200, description: "Recorded", schema: EverflowClick },
      { status: 400, description: "Not recorded: never a 200 without a transaction_id", schema: Refused },
    ],
    examples: [
      { name: "EF.click()", query: { async: "json", oid: "123", affid: "266", __cc: "SUMMER" }, status: 200 },
    ],
  },
  {
    method: "post",
    path: "/v1/networks/tracking/offers/clicks",
    tag: "Everflow's dialect",
    summary: "Generate a tracking link",
    caller: "management",
    body: { schema: trackingLinkRequest },
    answers: [
      { status: 200, description: "The link's tracking URL at this collector", schema: trackingLinkAnswer },
      {
        status: 400,
        description: "Something in the request is wrong, or the link is inactive",
        schema: Refused,
      },
      { status: 401, description: "No key, or nobody's", schema: Refused },
      { status: 403, description: "A partner's key", schema: Refused },
      { status: 404, description: "No link has this offer and affiliate", schema: Refused },
      tooLarge(16),
      {
        status: 429,
        description: "Too many wrong keys from this address; Retry-After in seconds",
        schema: Refused,
      },
    ],
    examples: [
      {
        name: "The seed's request",
        body: { network_offer_id: 6, network_affiliate_id: 7 },
        status: 200,
        answer: { url: "https://track.shop.example/c/PARTNER123" },
      },
    ],
  },
];
