/** Bindings, and the settings among them, each concern parsed once per isolate, by whom needs it. */

import { OWN_BINDINGS } from "./own-bindings.ts";
import {
  DEFAULT_GIVE_UP_AFTER_MS,
  parseAccess,
  parseAdminToken,
  parseCalls,
  parseCouriers,
  parseGiveUpAfter,
  parseIntakeShards,
  parseRetentionDays,
  parseSecrets,
  parseTargets,
} from "./settings.ts";

export interface Env {
  DB: D1Database;
  INTAKE: DurableObjectNamespace<import("./index.ts").Intake>;
  COURIER: DurableObjectNamespace<import("./index.ts").Courier>;
  SIGN_IN_LIMIT: DurableObjectNamespace<import("./index.ts").SignInLimit>;
  LIVE: DurableObjectNamespace<import("./index.ts").Live>;
  CLICK_ID_SECRET: string;
  CLICK_ID_SECRET_PREVIOUS?: string;
  ADMIN_TOKEN: string;
  INTAKE_SHARDS?: string;
  COURIERS_PER_NETWORK?: string;
  DELIVERY_TIMEOUT_MS?: string;
  DELIVERY_HOURS?: string;
  RETENTION_DAYS?: string;
  ALLOW_LOOPBACK_NETWORKS?: string;
  ACCESS_TEAM_DOMAIN?: string;
  ACCESS_AUD?: string;
  /** dist/public. */
  ASSETS: Fetcher;
  /** Paths that serve the tracker besides its own, separated by blanks or commas. */
  TRACKER_ALIASES?: string;
}

/** Fails to compile when a binding is missing in own-bindings.ts. */
OWN_BINDINGS satisfies Readonly<Record<keyof Env, true>>;

/** Signs click ids, seals, sessions. @throws {Error} naming what is missing: a deployment fault, not a caller's. */
export const clickSecrets = once(parseSecrets);
/** Opens the management API. @throws {Error} as above, and so do those below that do not say otherwise. */
export const adminToken = once(parseAdminToken);
export const intakeShards = once(parseIntakeShards);
export const couriersPerNetwork = once(parseCouriers);
export const callSettings = once(parseCalls);
/** How many days clicks are kept; 0: for ever. */
export const retentionDays = once(parseRetentionDays);
/** Where networks may be. Never throws. */
export const targets = once(parseTargets);
/** @returns undefined where Cloudflare Access is not set up. */
export const accessSettings = once(parseAccess);

/** From a click to its last attempt. Never throws: clicks are recorded with it, and no slip must keep them from that. */
export const giveUpAfterMs = once((env: Env) => {
  try {
    return parseGiveUpAfter(env);
  } catch (error) {
    console.error(`${(error as Error).message} Until then it is 48, the default.`);
    return DEFAULT_GIVE_UP_AFTER_MS;
  }
});

/** For an isolate, which has one env. A parser that throws is asked again. */
function once<T>(parse: (env: Env) => T): (env: Env) => T {
  const parsed = new WeakMap<Env, { value: T }>();
  return (env) => {
    let known = parsed.get(env);
    if (!known) {
      known = { value: parse(env) };
      parsed.set(env, known);
    }
    return known.value;
  };
}
