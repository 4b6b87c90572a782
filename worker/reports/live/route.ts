/** GET /live: the WebSocket on which clicks are told of as they happen. */

import { Hono } from "hono";
import type { AdminEnv } from "../context.ts";
import { query } from "../query.ts";
import { refuse } from "../refusal.ts";
import { sameOrigin } from "../same-origin.ts";
import { LiveQuery } from "../schemas/live.ts";
import { liveOf } from "./live.ts";
import { watchRequest } from "./watch.ts";

export const live = new Hono<AdminEnv>().get("/live", query(LiveQuery), async (c) => {
  if (c.req.header("Upgrade")?.toLowerCase() !== "websocket") return refuse(c, { kind: "no-websocket" });
  const { by, expires_at } = c.get("identity");
  // The guard asks this of a session; a page may not use a bearer token from elsewhere either (RFC 6455, 10.2).
  if (by === "bearer" && c.req.header("Origin") !== undefined && !sameOrigin(c.req.raw)) {
    return refuse(c, { kind: "cross-origin" });
  }
  const { after, ...filter } = c.req.valid("query");
  return liveOf(c.env).fetch(watchRequest({ ...filter, expires_at }, after));
});
