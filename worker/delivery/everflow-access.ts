/** Which key opens Everflow's API for a program, and the API opened with it. */

import { callSettings, type Env } from "../env.ts";
import { type ApiAccess, EVERFLOW_API } from "../networks/everflow-api.ts";
import { EverflowApi } from "./everflow-api.ts";

/** Of a program's Everflow settings what the API needs. */
export interface ApiSettings {
  api_base?: string | undefined;
  api_key_secret?: string | undefined;
}

export type Access = { access: ApiAccess } | { missing: string };

/** The network's own key: seed 001 takes no other. */
export function networkAccess(program: ApiSettings, env: Env): Access {
  return accessBy(program, env, [program.api_key_secret]);
}

/**
 * The key of one affiliate, whose clicks alone it shows (seed 002): the secret named `<api_key_secret>_<affiliate id>`,
 * such as EVERFLOW_API_KEY_411, or else `api_key_secret` itself, but only for a program with no other affiliate: nobody
 * can tell whose key it is, and one affiliate's report would be read in another's name.
 */
export function affiliateAccess(
  program: ApiSettings,
  affiliate: { id: number; isOnly: boolean },
  env: Env,
): Access {
  const own = `${program.api_key_secret}_${affiliate.id}`;
  return accessBy(program, env, affiliate.isOnly ? [own, program.api_key_secret] : [own]);
}

/** Whether all links of the program that have an Everflow affiliate have this one. */
export async function isOnlyAffiliate(db: D1Database, program_id: number, id: number): Promise<boolean> {
  const others = `SELECT EXISTS (SELECT 1 FROM referral_links
    WHERE program_id = ? AND everflow_affiliate_id <> ?) AS others`;
  return (await db.prepare(others).bind(program_id, id).first<number>("others")) === 0;
}

/** @param names of secrets; the first that is set counts. */
function accessBy(
  { api_base, api_key_secret }: ApiSettings,
  env: Env,
  names: readonly (string | undefined)[],
): Access {
  if (!api_key_secret) return { missing: "the program's everflow settings name no api_key_secret" };
  const secrets = env as unknown as Record<string, unknown>;
  for (const name of names) {
    const key = secrets[name!];
    if (typeof key === "string" && key) return { access: { api_base: api_base ?? EVERFLOW_API, key } };
  }
  const [name] = names;
  return { missing: `the Worker secret ${name} is not set: npx wrangler secret put ${name}` };
}

/** @param call what to fetch with; the runtime's own where left out. */
export function openApi(access: ApiAccess, env: Env, call: typeof fetch = fetch): EverflowApi {
  const { timeout_ms, targets } = callSettings(env);
  return new EverflowApi(access, {
    timeout_ms,
    targets,
    fetch: call,
    now: Date.now,
    wait: (ms) => (ms > 0 ? scheduler.wait(ms) : Promise.resolve()),
  });
}
