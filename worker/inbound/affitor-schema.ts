/**
 * Affitor's click body (seed 003) as a schema: it validates here, and documentation and types come from it.
 * Unknown fields are ignored, `null` counts as absent, a wrong type is an error that names the field.
 */

import { z } from "zod";
import { type Failure, invalid } from "../failure.ts";
import { cut } from "./text.ts";

export const BODY_LIMIT_BYTES = 16 * 1024;
export const AFFILIATE_URL_LIMIT_BYTES = 8 * 1024;
export const EVENT_ID_LENGTH = 64;

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
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return invalid("body", "body must be valid JSON");
  }
  const result = affitorClick.safeParse(json);
  return result.success ? result.data : firstIssue(result.error);
}

/** A zod error as one sentence: "page_url must be a string". */
export function firstIssue(error: z.core.$ZodError): Failure {
  const issue = error.issues[0]!;
  const field = issue.path.join(".") || "body";
  return invalid(field, `${field} ${complaint(issue)}`);
}

function complaint(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.expected === "int") return "must be a whole number";
      return `must be ${/^[aeio]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
    case "too_big":
      return issue.origin === "string"
        ? `must have at most ${issue.maximum} characters`
        : `must be at most ${issue.maximum}`;
    case "too_small":
      return issue.origin === "string" ? "must not be empty" : `must be greater than ${issue.minimum}`;
    default:
      return `is not valid: ${issue.message}`;
  }
}
