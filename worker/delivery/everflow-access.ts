/** Which key opens Everflow's API for a program, and the API opened with it. */

import { callSettings, type Env } from "../env.ts";
import { type ApiAccess, EVERFLOW_API } from "../networks/everflow-api.ts";
import { type ApiOptions, EverflowApi } from "./everflow-api.ts";

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

/** @returns what says of an affiliate whether all links of the program that have one of Everflow's have this one. */
export async function onlyAffiliate(db: D1Database, program_id: number): Promise<(id: number) => boolean> {
  const { least, most } = (await db
    .prepare(
      `SELECT MIN(everflow_affiliate_id) AS least, MAX(everflow_affiliate_id) AS most FROM referral_links
       WHERE program_id = ?`,
    )
    .bind(program_id)
    .first<{ least: number | null; most: number | null }>())!;
  return (id) => (least ?? id) === id && (most ?? id) === id;
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

/** @param given in the place of the runtime's own. */
export function openApi(
  access: ApiAccess,
  env: Env,
  given: Partial<Pick<ApiOptions, "fetch" | "now" | "wait" | "until">> = {},
): EverflowApi {
  const { timeout_ms, targets } = callSettings(env);
  return new EverflowApi(access, {
    timeout_ms,
    targets,
    fetch,
    now: Date.now,
    wait: (ms) => (ms > 0 ? scheduler.wait(ms) : Promise.resolve()),
    ...given,
  });
}
