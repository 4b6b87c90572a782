/** GET /live: the WebSocket on which clicks are told of as they happen. */

import { Hono } from "hono";
import { settings } from "../../env.ts";
import type { AdminContext, AdminEnv } from "../context.ts";
import { query } from "../query.ts";
import { refuse } from "../refusal.ts";
import { sameOrigin } from "../same-origin.ts";
import { LiveQuery } from "../schemas/live.ts";
import { sessionExpiry } from "../session.ts";
import { liveOf } from "./live.ts";
import { type Watch, watchRequest } from "./watch.ts";

export const live = new Hono<AdminEnv>().get("/live", query(LiveQuery), async (c) => {
  if (c.req.header("Upgrade")?.toLowerCase() !== "websocket") return refuse(c, { kind: "no-websocket" });
  // A page of any site may open a WebSocket and the browser sends the cookie along: no CORS is asked (RFC 6455, 10.2).
  const byBrowser = c.req.header("Authorization") === undefined || c.req.header("Origin") !== undefined;
  if (byBrowser && !sameOrigin(c.req.raw)) return refuse(c, { kind: "cross-origin" });
  const { after, ...filter } = c.req.valid("query");
  const watch = { ...filter, ...(await caller(c)) };
  return liveOf(c.env).fetch(watchRequest(watch, after));
});

async function caller(c: AdminContext): Promise<Pick<Watch, "partner_id" | "expires_at">> {
  if (c.req.header("Authorization") !== undefined) return { expires_at: null };
  const { adminToken } = settings(c.env);
  const expiry = await sessionExpiry(c.req.raw.headers.get("Cookie"), adminToken, Date.now());
  return { expires_at: expiry ?? null };
}
