import { createMiddleware } from "hono/factory";
import type { z } from "zod";
import type { AdminEnv } from "./context.ts";
import { fault, inWords } from "./fault.ts";
import { readText } from "./read-text.ts";
import { refuse } from "./refusal.ts";

export const MAX_BODY_BYTES = 64 * 1024;

/**
 * Reads a JSON body and checks it against `schema`; a handler takes it from `c.req.valid("json")`.
 * Refuses 413 over 64 KiB, 400 with field "body" where it is not JSON, 400 with the field's path elsewhere.
 */
export function body<S extends z.ZodType>(schema: S) {
  return createMiddleware<AdminEnv, string, { in: { json: z.input<S> }; out: { json: z.output<S> } }>(
    async (c, next) => {
      const text = await readText(c.req.raw, MAX_BODY_BYTES);
      if (text === undefined) return refuse(c, { kind: "too-large", limit_bytes: MAX_BODY_BYTES });
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        return refuse(c, { kind: "invalid", field: "body", error: "body must be JSON" });
      }
      const checked = schema.safeParse(value, { error: inWords });
      if (!checked.success) return refuse(c, fault(checked.error, "body"));
      c.req.addValidatedData("json", checked.data as object);
      return next();
    },
  );
}
