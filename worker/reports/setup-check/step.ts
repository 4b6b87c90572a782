import type { z } from "zod";
import type { SetupStep } from "../schemas/setup.ts";

export type Step = z.output<typeof SetupStep>;

type Found = Omit<Step, "step">;

export function ok(words: string, hint?: string): Found {
  return { state: "ok", words, ...(hint && { hint }) };
}

/** Nothing is wrong that could be seen from here, and nothing is proved. */
export function waiting(words: string, hint?: string): Found {
  return { state: "waiting", words, ...(hint && { hint }) };
}

export function problem(words: string, hint: string): Found {
  return { state: "problem", words, hint };
}

export type { Found };
