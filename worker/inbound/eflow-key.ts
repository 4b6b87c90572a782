/** Whose key an Everflow-shaped call carries: header X-Eflow-API-Key (CONTRACTS 2). One read of D1 at most; a wrong one is counted. */

import { adminToken, type Env } from "../env.ts";
import { judgeBearer } from "../judge-token.ts";
import { partnerKeyHash } from "../partner-key.ts";
import { sameSecret } from "../same-secret.ts";

/** No key of ours is longer; a longer one is nobody's. */
const KEY_LENGTH = 256;

export type EflowKey = { kind: "management" } | { kind: "partner"; partner_id: number };

/** Too many wrong keys came from the caller's address: none is judged for a while. */
export interface TooManyKeys {
  kind: "too-many";
  retry_after_seconds: number;
}

/**
 * ADMIN_TOKEN is the management key, so that wrong keys count as wrong tokens do at the management API. A partner's key
 * is read where it is written, so that one that was rotated away stops at once.
 *
 * @param now unix ms.
 * @returns undefined without a key and for a key that is nobody's: 401. A key of the wrong kind is the caller's 403.
 */
export async function eflowKey(
  request: Request,
  env: Env,
  now: number,
): Promise<EflowKey | TooManyKeys | undefined> {
  const given = request.headers.get("X-Eflow-API-Key")?.trim();
  if (!given || given.length > KEY_LENGTH) return undefined;
  const judged = await judgeBearer(request, env, now, () => whose(given, env));
  switch (judged.outcome) {
    case "right":
      return judged.value;
    case "wrong":
      return undefined;
    case "too-many":
      return { kind: "too-many", retry_after_seconds: judged.retry_after_seconds };
  }
}

async function whose(key: string, env: Env): Promise<EflowKey | undefined> {
  if (await sameSecret(key, adminToken(env))) return { kind: "management" };
  // Found by its hash, whose index tells a guesser nothing about the key.
  const partner_id = await env.DB.prepare("SELECT id FROM partners WHERE api_key_hash = ?")
    .bind(await partnerKeyHash(key))
    .first<number>("id");
  return partner_id === null ? undefined : { kind: "partner", partner_id };
}
