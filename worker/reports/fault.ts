import type { z } from "zod";
import type { Refusal } from "./refusal.ts";

/**
 * The first thing that is wrong with an input, in words that begin with the field.
 * Pure. `whole` names the input itself, for a fault that lies in no field of it ("body").
 */
export function fault(error: z.ZodError, whole: string): Refusal {
  const issue = error.issues[0]!;
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") path.push(issue.keys[0]!);
  const field = path.join(".") || whole;
  return { kind: "invalid", field, error: `${field} ${issue.message}` };
}

/** Zod's issues in the API's words: each continues a sentence that the field's name begins. */
export const inWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined) return "is required";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${NAMES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be one of: ${issue.values.join(", ")}`;
    case "too_small":
      return `must be ${issue.origin === "string" ? "longer" : `${issue.minimum} or more`}`;
    case "too_big":
      return issue.origin === "string"
        ? `must be ${issue.maximum} characters or fewer`
        : `must be ${issue.maximum} or less`;
    case "unrecognized_keys":
      return "is not a field of this request";
    case "invalid_format":
      return issue.format === "uuid" ? "must be a UUID" : "is malformed";
    default:
      return "is not valid";
  }
};

const NAMES: Record<string, string> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "an array",
  object: "an object",
};
