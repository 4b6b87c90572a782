import { createMiddleware } from "hono/factory";
import { settings } from "../env.ts";
import { sameSecret } from "../same-secret.ts";
import type { AdminEnv } from "./context.ts";
import { refuse } from "./refusal.ts";
import { sameOrigin } from "./same-origin.ts";
import { sessionExpiry } from "./session.ts";

/**
 * Lets pass who holds the admin token or a session made with it; 401 otherwise. A session changes things only from
 * the dashboard's own origin (403): a bearer token is never sent by a browser on its own, a cookie is.
 */
export const guard = createMiddleware<AdminEnv>(async (c, next) => {
  const { adminToken } = settings(c.env);
  const authorization = c.req.header("Authorization");
  if (authorization !== undefined) {
    const given = /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? "";
    return (await sameSecret(given, adminToken)) ? next() : refuse(c, { kind: "unauthorized" });
  }
  const expiry = await sessionExpiry(c.req.raw.headers.get("Cookie"), adminToken, Date.now());
  if (expiry === undefined) return refuse(c, { kind: "unauthorized" });
  const reads = c.req.method === "GET" || c.req.method === "HEAD";
  if (!reads && !sameOrigin(c.req.raw)) return refuse(c, { kind: "cross-origin" });
  return next();
});
