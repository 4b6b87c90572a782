/** Who calls the management API: the bearer of the admin token, the holder of a session, or whom Access let in. */

import { accessSettings, adminToken, clickSecrets, type Env } from "../env.ts";
import { readCookie } from "../inbound/read-cookie.ts";
import { judgeBearer } from "../judge-token.ts";
import { sameSecret } from "../same-secret.ts";
import { accessVerifier } from "./access.ts";
import type { Identity } from "./context.ts";
import type { Refusal } from "./refusal.ts";
import { claimedSession, isGenuine } from "./session.ts";

/** Reads D1 for a partner's session alone, and counts a wrong token in its address's Durable Object. @param now unix ms. */
export async function identify(request: Request, env: Env, now: number): Promise<Identity | Refusal> {
  const authorization = request.headers.get("Authorization");
  if (authorization !== null) return byBearer(authorization, request, env, now);
  // Before Access: who is let in by it may have signed in as a partner on purpose.
  return (await bySession(request, env, now)) ?? byAccess(request, env, now);
}

async function byBearer(
  authorization: string,
  request: Request,
  env: Env,
  now: number,
): Promise<Identity | Refusal> {
  const given = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  // No token was tried, so none is counted.
  if (given === undefined) return { kind: "unauthorized" };
  const judged = await judgeBearer(request, env, now, async () =>
    (await sameSecret(given, adminToken(env))) ? ADMIN_BY_BEARER : undefined,
  );
  switch (judged.outcome) {
    case "right":
      return judged.value;
    case "wrong":
      return { kind: "unauthorized" };
    case "too-many":
      return { kind: "too-many-failures", retry_after_seconds: judged.retry_after_seconds };
  }
}

const ADMIN_BY_BEARER: Identity = { role: "admin", partner: null, expires_at: null, by: "bearer" };

async function bySession(request: Request, env: Env, now: number): Promise<Identity | undefined> {
  const claim = claimedSession(request.headers.get("Cookie"), now);
  if (!claim) return undefined;
  const secrets = clickSecrets(env);
  const { expires_at } = claim;
  if (claim.partner_id === undefined) {
    const genuine = await isGenuine(claim, secrets, { role: "admin", token: adminToken(env) });
    return genuine ? { role: "admin", partner: null, expires_at, by: "session" } : undefined;
  }
  // Read at every call: that is what lets a rotated key end its sessions at once, with no table of them.
  const row = await env.DB.prepare("SELECT id, name, api_key_hash FROM partners WHERE id = ?")
    .bind(claim.partner_id)
    .first<{ id: number; name: string; api_key_hash: string }>();
  if (!row || !(await isGenuine(claim, secrets, { role: "partner", ...row }))) return undefined;
  return { role: "partner", partner: { id: row.id, name: row.name }, expires_at, by: "session" };
}

async function byAccess(request: Request, env: Env, now: number): Promise<Identity | Refusal> {
  // The cookie is what the header is made of; a browser's call that Access does not see has it alone.
  const token = request.headers.get("Cf-Access-Jwt-Assertion") ?? readCookie(request, "CF_Authorization");
  const access = token && accessSettings(env);
  if (!access) return { kind: "unauthorized" };
  const verified = await accessVerifier(access).verify(token, now);
  switch (verified.outcome) {
    case "genuine":
      return { role: "admin", partner: null, expires_at: verified.expires_at, by: "access" };
    case "refused":
      return { kind: "unauthorized" };
    case "no-keys":
      console.error("Cloudflare Access:", verified.reason);
      return { kind: "upstream", error: "The keys of Cloudflare Access could not be read: try again soon" };
  }
}
