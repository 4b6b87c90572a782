import { createMiddleware } from "hono/factory";
import type { z } from "zod";
import type { AdminEnv } from "./context.ts";
import { fault, inWords } from "./fault.ts";
import { refuse } from "./refusal.ts";

/**
 * Checks the query parameters against `schema`; a handler takes them from `c.req.valid("query")`.
 * Refuses with 400 naming the parameter, also one that is unknown or given twice: a misspelt filter that was
 * ignored would answer with everything.
 */
export function query<S extends z.ZodType>(schema: S) {
  return createMiddleware<AdminEnv, string, { in: { query: z.input<S> }; out: { query: z.output<S> } }>(
    async (c, next) => {
      const given: Record<string, string> = Object.create(null);
      for (const [name, values] of Object.entries(c.req.queries())) {
        if (values.length > 1) {
          return refuse(c, { kind: "invalid", field: name, error: `${name} is given more than once` });
        }
        given[name] = values[0]!;
      }
      const checked = schema.safeParse({ ...given }, { error: inWords });
      if (!checked.success) return refuse(c, fault(checked.error, "query"));
      c.req.addValidatedData("query", checked.data as object);
      return next();
    },
  );
}
