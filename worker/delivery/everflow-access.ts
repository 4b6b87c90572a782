/** Which key opens Everflow's API for a program, and the API opened with it. */

import { type Env, settings } from "../env.ts";
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
  return accessBy(program, env, []);
}

/**
 * The key of one affiliate, whose clicks alone it shows (seed 002): the secret named `<api_key_secret>_<affiliate id>`,
 * such as EVERFLOW_API_KEY_411, or else `api_key_secret` itself, where a program has one affiliate's key and no other.
 */
export function affiliateAccess(program: ApiSettings, affiliate_id: number, env: Env): Access {
  return accessBy(program, env, [`${program.api_key_secret}_${affiliate_id}`]);
}

/** @param names looked for before the settings' own. */
function accessBy({ api_base, api_key_secret }: ApiSettings, env: Env, names: string[]): Access {
  if (!api_key_secret) return { missing: "the program's everflow settings name no api_key_secret" };
  const secrets = env as unknown as Record<string, unknown>;
  for (const name of [...names, api_key_secret]) {
    const key = secrets[name];
    if (typeof key === "string" && key) return { access: { api_base: api_base ?? EVERFLOW_API, key } };
  }
  const name = names[0] ?? api_key_secret;
  return { missing: `the Worker secret ${name} is not set: npx wrangler secret put ${name}` };
}

/** @param call what to fetch with; the runtime's own where left out. */
export function openApi(access: ApiAccess, env: Env, call: typeof fetch = fetch): EverflowApi {
  const { timeout_ms, targets } = settings(env).delivery;
  return new EverflowApi(access, {
    timeout_ms,
    targets,
    fetch: call,
    now: Date.now,
    wait: (ms) => (ms > 0 ? scheduler.wait(ms) : Promise.resolve()),
  });
}
