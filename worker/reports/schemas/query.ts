/** Query parameters that several reports share. */

import { z } from "zod";
import { parseMoment, resolveMoment } from "../moment.ts";
import { isTimeZone } from "../zone.ts";

const MAX_LIMIT = 1000;
export const DEFAULT_LIMIT = 100;

export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,16}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.int().min(min).max(max));
}

export const rowNumber = wholeNumber(1, Number.MAX_SAFE_INTEGER);

/** A moment that is still to be resolved in the time zone of the same query. */
export const moment = z.string().transform((text, context) => {
  const value = parseMoment(text);
  if (value) return value;
  context.addIssue({
    code: "custom",
    message: "must be unix milliseconds or ISO 8601, such as 2026-11-21T00:00:00Z",
  });
  return z.NEVER;
});

/** Unix ms; wall time without an offset is UTC. */
export const instantUtc = moment.transform((value) => resolveMoment(value, "UTC"));

export const timeZone = z
  .string()
  .refine(isTimeZone, "must be an IANA time zone, such as America/New_York")
  .default("UTC");

export const format = z.enum(["json", "csv"]).default("json");

/** What every list takes. CSV without a limit is the whole list, JSON without one has 100 rows. */
export const listing = {
  limit: wholeNumber(1, MAX_LIMIT).optional(),
  cursor: z.string().max(2000).optional(),
  format,
};

/** `from` inclusive, `to` exclusive. */
export const period = { from: instantUtc.optional(), to: instantUtc.optional() };

/** The same of a JSON body, where unix milliseconds may be a number. */
export const instantInBody = z.union([z.string(), z.int().transform(String)]).pipe(instantUtc);

export function inOrder({ from, to }: { from?: number | undefined; to?: number | undefined }): boolean {
  return from === undefined || to === undefined || from <= to;
}
export const OUT_OF_ORDER = { path: ["from"], error: "must not be after to" };
