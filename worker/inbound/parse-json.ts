/** JSON text → what a schema makes of it, or a failure that names the field. Pure. */

import type { z } from "zod";
import { type Failure, invalid } from "../failure.ts";

/** @returns the schema's output; `invalid` for text that is no JSON or does not fit. */
export function parseJson<S extends z.ZodType>(schema: S, text: string): z.output<S> | Failure {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return invalid("body", "body must be valid JSON");
  }
  const result = schema.safeParse(json);
  return result.success ? result.data : firstIssue(result.error, json);
}

/** A zod error as one sentence: "page_url must be a string". */
function firstIssue(error: z.core.$ZodError, json: unknown): Failure {
  const issue = error.issues[0]!;
  const field = issue.path.join(".") || "body";
  const words = valueAt(json, issue.path) === undefined ? "is required" : complaint(issue);
  return invalid(field, `${field} ${words}`);
}

function valueAt(json: unknown, path: PropertyKey[]): unknown {
  return path.reduce((value, key) => (value as Record<PropertyKey, unknown>)?.[key], json);
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
      if (issue.origin === "string") return "must not be empty";
      return `must be ${issue.inclusive ? "at least" : "greater than"} ${issue.minimum}`;
    default:
      return `is not valid: ${issue.message}`;
  }
}
