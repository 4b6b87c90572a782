/** POST|DELETE /session: the dashboard's sign-in and sign-out. GET tells who is signed in, how and until when. */

import { Hono } from "hono";
import { adminToken, clickSecrets, type Env } from "../env.ts";
import { judgeSignIn } from "../judge-token.ts";
import { partnerKeyHash } from "../partner-key.ts";
import { sameSecret } from "../same-secret.ts";
import { body } from "./body.ts";
import { type AdminContext, type AdminEnv, MOUNT } from "./context.ts";
import { guard } from "./guard.ts";
import { refuse } from "./refusal.ts";
import { sameOrigin } from "./same-origin.ts";
import { SignIn } from "./schemas/session.ts";
import { endedCookie, type Holder, sessionCookie } from "./session.ts";

export const signIn = new Hono<AdminEnv>()
  .post("/session", body(SignIn), async (c) => {
    // A page elsewhere could otherwise use up a visitor's tries.
    if (fromBrowser(c.req.raw) && !sameOrigin(c.req.raw)) return refuse(c, { kind: "cross-origin" });
    const { token } = c.req.valid("json");
    const now = Date.now();
    const judged = await judgeSignIn(c.req.raw, c.env, now, () => holderOf(token, c.env));
    if (judged.outcome === "wrong") return refuse(c, { kind: "unauthorized" });
    if (judged.outcome === "too-many") return refuse(c, { ...judged, kind: "too-many-failures" });
    const { holder, partner } = judged.value;
    const { header, expires_at } = await sessionCookie(clickSecrets(c.env), holder, now, place(c));
    return c.json({ role: holder.role, partner, expires_at }, 200, { "Set-Cookie": header });
  })
  .get("/session", guard, (c) => c.json(c.get("identity")))
  // Not guarded: whoever's session has run out may sign out all the same.
  .delete("/session", (c) => {
    if (c.req.raw.headers.has("Cookie") && !sameOrigin(c.req.raw)) return refuse(c, { kind: "cross-origin" });
    return c.body(null, 204, { "Set-Cookie": endedCookie(place(c)) });
  });

/** Browsers say where a POST comes from; a program need not. */
function fromBrowser({ headers }: Request): boolean {
  return headers.has("Origin") || headers.has("Sec-Fetch-Site");
}

interface Found {
  holder: Holder;
  partner: { id: number; name: string } | null;
}

async function holderOf(token: string, env: Env): Promise<Found | undefined> {
  const admin = adminToken(env);
  if (await sameSecret(token, admin)) {
    return { holder: { role: "admin", token: admin }, partner: null };
  }
  // Found by its hash, whose index tells a guesser nothing about the key.
  const api_key_hash = await partnerKeyHash(token);
  const partner = await env.DB.prepare("SELECT id, name FROM partners WHERE api_key_hash = ?")
    .bind(api_key_hash)
    .first<{ id: number; name: string }>();
  return partner ? { holder: { role: "partner", id: partner.id, api_key_hash }, partner } : undefined;
}

/** Secure on https only: a browser drops a Secure cookie from plain http on any host but localhost. */
function place(c: AdminContext): { path: string; secure: boolean } {
  return { path: MOUNT, secure: new URL(c.req.url).protocol === "https:" };
}
