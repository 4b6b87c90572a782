/** Seed 004's body as a schema: it validates here, and documentation comes from it. Unknown fields are ignored. */

import { z } from "zod";
import { cut } from "./text.ts";

export const BODY_LIMIT_BYTES = 16 * 1024;
const CURRENT_URL_LIMIT = 8 * 1024;

const text = (maxLength: number, description: string) =>
  z
    .string()
    .transform((value) => cut(value, maxLength))
    .nullish()
    .describe(description);

/** Passed on as they came, so never cut: the body's own limit bounds them. */
const ids = (description: string) => z.array(z.string()).nullish().describe(description);

export const trackingIds = z
  .object({
    user_id: ids("One or more internal user identifiers; an e-mail address is hashed before it leaves."),
    visitor_id: ids("Anonymous visitor, session or cart identifiers."),
    avantlink_avad: z.string().nullish().describe("The AvantLink click token, exactly as received."),
  })
  .nullish()
  .describe("At least one of them is required.");

export const avantlinkClick = z
  .object({
    tracking_ids: trackingIds,
    user_agent: z
      .string()
      .transform((value) => cut(value, 1024))
      .describe("The visitor's browser. Required; may be empty."),
    current_url: z
      .string()
      .max(CURRENT_URL_LIMIT)
      .refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ""), "it is no http or https URL")
      .describe("The full URL on your site where the click occurred."),
    user_ip_address: text(64, "The visitor's IP address, not the server's."),
    referrer_url: text(2048, "The browser's referrer URL."),
    google_click_id: text(512, "The Google click id."),
    custom_tracking_code: text(512, "Any custom tracking code."),
  })
  .meta({ id: "AvantlinkClick" });

export type TrackingIds = z.output<typeof trackingIds>;
export type AvantlinkClick = z.output<typeof avantlinkClick>;
