import { createMiddleware } from "hono/factory";
import type { z } from "zod";
import type { AdminEnv } from "./context.ts";
import { fault, inWords } from "./fault.ts";
import { ownPartner } from "./partner-access.ts";
import { refuse } from "./refusal.ts";

/** What every handler finds beside its own parameters when a partner calls: the partner's id. */
interface Scope {
  partner_id?: number | undefined;
}

/**
 * Checks the query parameters against `schema`; a handler takes them from `c.req.valid("query")`.
 * Refuses with 400 naming the parameter, also one that is unknown or given twice: a misspelt filter that was
 * ignored would answer with everything.
 *
 * When a partner calls, `partner_id` is the partner's own, whatever was asked for, and the `link_id` of a link that is
 * not the partner's is refused as one that does not exist (404).
 */
export function query<S extends z.ZodType>(schema: S) {
  return createMiddleware<
    AdminEnv,
    string,
    { in: { query: z.input<S> }; out: { query: z.output<S> & Scope } }
  >(async (c, next) => {
    const given: Record<string, string> = Object.create(null);
    for (const [name, values] of Object.entries(c.req.queries())) {
      if (values.length > 1) {
        return refuse(c, { kind: "invalid", field: name, error: `${name} is given more than once` });
      }
      given[name] = values[0]!;
    }
    const checked = schema.safeParse({ ...given }, { error: inWords });
    if (!checked.success) return refuse(c, fault(checked.error, "query"));
    const data = checked.data as Scope & { link_id?: number | undefined };
    const partner_id = ownPartner(c);
    if (partner_id === undefined) {
      c.req.addValidatedData("query", data);
      return next();
    }
    if (data.link_id !== undefined && !(await isOwn(c.env.DB, data.link_id, partner_id))) {
      return refuse(c, { kind: "not-found", error: "Link not found" });
    }
    c.req.addValidatedData("query", { ...data, partner_id });
    return next();
  });
}

async function isOwn(db: D1Database, linkId: number, partnerId: number): Promise<boolean> {
  const statement = db.prepare("SELECT 1 FROM referral_links WHERE id = ? AND partner_id = ?");
  return (await statement.bind(linkId, partnerId).first()) !== null;
}
