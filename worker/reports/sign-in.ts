/** POST|DELETE /session: the dashboard's sign-in and sign-out. GET tells until when. */

import { Hono } from "hono";
import { settings } from "../env.ts";
import { sameSecret } from "../same-secret.ts";
import { body } from "./body.ts";
import { type AdminContext, type AdminEnv, MOUNT } from "./context.ts";
import { guard } from "./guard.ts";
import { refuse } from "./refusal.ts";
import { sameOrigin } from "./same-origin.ts";
import { SignIn } from "./schemas/session.ts";
import { endedCookie, sessionCookie, sessionExpiry } from "./session.ts";

export const signIn = new Hono<AdminEnv>()
  .post("/session", body(SignIn), async (c) => {
    const { adminToken } = settings(c.env);
    if (!(await sameSecret(c.req.valid("json").token, adminToken)))
      return refuse(c, { kind: "unauthorized" });
    const { header, expires_at } = await sessionCookie(adminToken, Date.now(), place(c));
    return c.json({ expires_at }, 200, { "Set-Cookie": header });
  })
  .get("/session", guard, async (c) => {
    const cookies = c.req.raw.headers.get("Cookie");
    const expires_at = await sessionExpiry(cookies, settings(c.env).adminToken, Date.now());
    return c.json({ expires_at: expires_at ?? null });
  })
  // Not guarded: whoever's session has run out may sign out all the same.
  .delete("/session", (c) => {
    if (c.req.raw.headers.has("Cookie") && !sameOrigin(c.req.raw)) return refuse(c, { kind: "cross-origin" });
    return c.body(null, 204, { "Set-Cookie": endedCookie(place(c)) });
  });

/** Secure on https only: a browser drops a Secure cookie from plain http on any host but localhost. */
function place(c: AdminContext): { path: string; secure: boolean } {
  return { path: MOUNT, secure: new URL(c.req.url).protocol === "https:" };
}
