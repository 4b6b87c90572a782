import { createMiddleware } from "hono/factory";
import { type AdminEnv, MOUNT } from "./context.ts";
import { identify } from "./identify.ts";
import { partnerMay } from "./partner-access.ts";
import { refuse } from "./refusal.ts";
import { sameOrigin } from "./same-origin.ts";

/**
 * Lets pass who is known, and puts into the context who that is; 401 otherwise. A partner passes to what is its own to
 * read and nothing else (403). What a browser sends on its own, a session above all, changes things only from the
 * dashboard's own origin (403): a bearer token is never sent so.
 */
export const guard = createMiddleware<AdminEnv>(async (c, next) => {
  const identity = await identify(c.req.raw, c.env, Date.now());
  if ("kind" in identity) return refuse(c, identity);
  if (identity.by !== "bearer" && !onlyReads(c.req.raw) && !sameOrigin(c.req.raw)) {
    return refuse(c, { kind: "cross-origin" });
  }
  if (identity.role === "partner" && !partnerMay(c.req.method, c.req.path.slice(MOUNT.length))) {
    return refuse(c, { kind: "not-a-partners" });
  }
  c.set("identity", identity);
  return next();
});

/** A WebSocket begins with GET, but no browser keeps a page of another origin from reading it. */
function onlyReads({ method, headers }: Request): boolean {
  return (method === "GET" || method === "HEAD") && !headers.has("Upgrade");
}
