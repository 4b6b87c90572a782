/**
 * Affitor's click body (seed 003) as a schema: it validates here, and documentation and types come from it.
 * Unknown fields are ignored, `null` counts as absent, a wrong type is an error that names the field.
 */

import { z } from "zod";
import type { Failure } from "../failure.ts";
import { parseJson } from "./parse-json.ts";
import { cut } from "./text.ts";

export const BODY_LIMIT_BYTES = 16 * 1024;
export const AFFILIATE_URL_LIMIT_BYTES = 8 * 1024;
export const EVENT_ID_LENGTH = 64;
/** What programs write for a key that they have not: it would make one click of all that a day brings. */
export const NO_KEY = /^(undefined|null)$/;

const text = (maxLength: number, description: string) =>
  z
    .string()
    .transform((value) => cut(value, maxLength))
    .nullish()
    .describe(description);

export const eventId = z
  .string()
  .min(1)
  .max(EVENT_ID_LENGTH)
  .refine((id) => !NO_KEY.test(id), "a key must be the click's own")
  .describe("Idempotency key: a repeat within a day gets the first answer and counts nothing.");

export const affitorClick = z.object({
  affiliate_url: z.string().nullish().describe("Full URL including the ?aff= query parameter. Required."),
  page_url: text(2048, "Canonical page URL where the click occurred."),
  page_title: text(512, "document.title at time of click."),
  referrer_url: text(2048, "document.referrer: where the visitor came from."),
  session_id: text(128, "Browser session identifier."),
  user_agent: text(1024, "User agent string; falls back to the HTTP User-Agent header."),
  screen_resolution: text(32, "Screen dimensions, e.g. 1920x1080."),
  viewport_size: text(32, "Browser viewport dimensions, e.g. 1280x800."),
  language: text(35, "Browser language code, e.g. en-US."),
  timezone: text(64, "IANA timezone string, e.g. America/New_York."),
  existing_click_id: z.string().nullish().describe("Previously issued click_id to reuse."),
  additional_data: z
    .object({
      test_mode: z.boolean().nullish().describe("true makes a test event that counts nowhere."),
      program_id: z.number().int().positive().nullish(),
      event_id: eventId.nullish(),
      user_id: text(256, "The merchant's own identifier of a known visitor, forwarded to AvantLink."),
    })
    .nullish(),
});

export type AffitorClick = z.infer<typeof affitorClick>;

/** @param body the request's text. @returns the click, or a failure that names the field. */
export function parseAffitorClick(body: string): AffitorClick | Failure {
  return parseJson(affitorClick, body);
}
