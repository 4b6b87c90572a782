/** What a sandbox can be told to do wrong: the request of POST /_sandbox/fail, and what fail() takes. */

import { z } from "zod";

const shared = {
  /** Requests that it happens to; without it, until told otherwise. */
  times: z.int().min(1).optional(),
  /** Whether the network takes the click in all the same, as one does whose answer gets lost. */
  taken: z.boolean().optional(),
  /** Requests of this path alone: a report that fails while clicks are taken in. */
  path: z.string().startsWith("/").optional(),
};

export const Failure = z.discriminatedUnion("mode", [
  /** The port is closed. `seconds`: until it opens by itself; nobody can ask it to over a closed port. */
  z.strictObject({ mode: z.literal("refuse"), seconds: z.number().positive().max(3_600).optional() }),
  /** The connection is reset (RST) instead of an answer. */
  z.strictObject({ mode: z.literal("reset"), ...shared }),
  /** The connection stays open and silent. */
  z.strictObject({ mode: z.literal("hang"), ...shared }),
  /** The right answer, late; the click is taken in at once. */
  z.strictObject({ mode: z.literal("delay"), ms: z.number().min(0).max(3_600_000), ...shared }),
  /** Any status; Retry-After in seconds, written so or as a date. */
  z.strictObject({
    mode: z.literal("status"),
    status: z.int().min(200).max(599),
    retry_after: z.int().min(0).optional(),
    retry_after_as: z.enum(["seconds", "date"]).default("seconds").optional(),
    body: z.string().optional(),
    ...shared,
  }),
  /** 200 with a page. */
  z.strictObject({ mode: z.literal("not_json"), ...shared }),
  /** The right answer's first half, then the end of the connection; the click is taken in. */
  z.strictObject({ mode: z.literal("cut_off"), ...shared }),
  /** 200 with a body that never ends: as fast as it is read, or a piece every `ms`. */
  z.strictObject({ mode: z.literal("endless"), ms: z.number().min(1).optional(), ...shared }),
  z.strictObject({
    mode: z.literal("redirect"),
    status: z.int().min(300).max(399).default(302).optional(),
    /** The sandbox's own /elsewhere, where it would be seen to arrive. */
    location: z.string().optional(),
    ...shared,
  }),
  /** Everflow: 200 with an error_code. */
  z.strictObject({ mode: z.literal("error_code"), code: z.int(), ...shared }),
  /** Everflow: error_code 21 for every click id that it has already taken in. */
  z.strictObject({ mode: z.literal("duplicate"), ...shared }),
  /** AvantLink: the documented 400. */
  z.strictObject({ mode: z.literal("error_key"), ...shared }),
  /** AvantLink: 200 {"success": false}, which nobody documents. */
  z.strictObject({ mode: z.literal("no_success"), ...shared }),
  /** All is well again. */
  z.strictObject({ mode: z.literal("none") }),
]);

export type Failure = z.infer<typeof Failure>;
/** A failure of a request, not of the port. */
export type RequestFailure = Exclude<Failure, { mode: "refuse" | "none" }>;
export type Mode = Failure["mode"];

/** Modes that belong to one network's answers. */
export const EVERFLOW_MODES: readonly Mode[] = ["error_code", "duplicate"];
export const AVANTLINK_MODES: readonly Mode[] = ["error_key", "no_success"];
export const OWN_MODES: readonly Mode[] = [...EVERFLOW_MODES, ...AVANTLINK_MODES];

/** @returns whether the click is taken in although its request fails */
export function isTaken({ mode, taken }: RequestFailure): boolean {
  return taken ?? (mode === "delay" || mode === "cut_off" || mode === "duplicate");
}
