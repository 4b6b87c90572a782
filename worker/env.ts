/** Bindings and settings, parsed once per isolate; an error names what is missing and how to set it. */

import { OWN_BINDINGS } from "./own-bindings.ts";

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

export interface Settings {
  clickIdSecret: string;
  clickIdSecretPrevious: string | undefined;
  adminToken: string;
  /** Intake shards per continent. */
  intakeShards: number;
  /** Couriers for each program and network. */
  couriers: number;
  delivery: {
    timeout_ms: number;
    /** From a click to its last attempt. */
    give_up_after_ms: number;
    targets: { allowLoopback: boolean };
  };
}

const HOUR_MS = 3_600_000;

const parsed = new WeakMap<Env, Settings>();

/** @throws {Error} naming the setting that is missing or malformed: a deployment fault, not a caller's. */
export function settings(env: Env): Settings {
  let known = parsed.get(env);
  if (!known) {
    known = {
      clickIdSecret: secret("CLICK_ID_SECRET", env.CLICK_ID_SECRET, 32),
      clickIdSecretPrevious: env.CLICK_ID_SECRET_PREVIOUS
        ? secret("CLICK_ID_SECRET_PREVIOUS", env.CLICK_ID_SECRET_PREVIOUS, 32)
        : undefined,
      adminToken: token("ADMIN_TOKEN", env.ADMIN_TOKEN),
      intakeShards: integer("INTAKE_SHARDS", env.INTAKE_SHARDS ?? "4", 1, 256),
      couriers: integer("COURIERS_PER_NETWORK", env.COURIERS_PER_NETWORK ?? "1", 1, 64),
      delivery: {
        timeout_ms: integer("DELIVERY_TIMEOUT_MS", env.DELIVERY_TIMEOUT_MS ?? "10000", 50, 60_000),
        give_up_after_ms: integer("DELIVERY_HOURS", env.DELIVERY_HOURS ?? "48", 1, 24 * 30) * HOUR_MS,
        targets: { allowLoopback: env.ALLOW_LOOPBACK_NETWORKS === "1" },
      },
    };
    parsed.set(env, known);
  }
  return known;
}

/** Everflow's report and the comparison with it look 14 days back. */
const RETENTION_MIN_DAYS = 15;

/**
 * How many days clicks are kept; 0: for ever. Not a part of {@link settings}: a slip here must cost no click, neither
 * a new one nor an old one.
 *
 * @throws {Error} naming the setting when it is malformed.
 */
export function retentionDays({ RETENTION_DAYS: given = "90" }: Env): number {
  const days = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (days === 0 || days >= RETENTION_MIN_DAYS) return days;
  throw new Error(
    `RETENTION_DAYS is "${given}": it must be a whole number of at least ${RETENTION_MIN_DAYS}, or 0 to keep clicks for ever. Until it is, none is deleted. Set it in wrangler.toml under [vars].`,
  );
}

/** The application of Cloudflare Access that stands before the dashboard. */
export interface AccessSettings {
  /** `https://<team>.cloudflareaccess.com`: who signs its tokens, and where the keys for them are. */
  issuer: string;
  /** The application's audience tag (AUD). */
  audience: string;
}

const parsedAccess = new WeakMap<Env, AccessSettings | undefined>();

/**
 * Not a part of {@link settings}, which clicks need: a slip here must cost none of them.
 *
 * @returns undefined where Access is not set up.
 * @throws {Error} naming the setting that is missing or malformed.
 */
export function accessSettings(env: Env): AccessSettings | undefined {
  if (!parsedAccess.has(env)) parsedAccess.set(env, parseAccess(env));
  return parsedAccess.get(env);
}

function parseAccess(env: Env): AccessSettings | undefined {
  const { ACCESS_TEAM_DOMAIN: team, ACCESS_AUD: audience } = env;
  if (!team && !audience) return undefined;
  if (!team || !audience) {
    const [missing, given] = team
      ? ["ACCESS_AUD", "ACCESS_TEAM_DOMAIN"]
      : ["ACCESS_TEAM_DOMAIN", "ACCESS_AUD"];
    throw new Error(
      `${missing} is missing, and ${given} is set: Cloudflare Access needs both. Set it in wrangler.toml under [vars].`,
    );
  }
  const url = URL.parse(team.includes("://") ? team : `https://${team}`);
  const here = env.ALLOW_LOOPBACK_NETWORKS === "1" && url?.hostname === "127.0.0.1";
  if (!url || (url.protocol !== "https:" && !here) || url.href !== `${url.origin}/`) {
    throw new Error(
      `ACCESS_TEAM_DOMAIN is "${team}": it must be a host such as yourteam.cloudflareaccess.com. Set it in wrangler.toml under [vars].`,
    );
  }
  return { issuer: url.origin, audience };
}

function secret(name: string, value: string | undefined, minLength: number): string {
  if (!value || value.length < minLength) {
    throw new Error(
      `${name} is ${value ? "shorter than" : "missing: it needs"} ${minLength} characters. Set it with: npx wrangler secret put ${name}`,
    );
  }
  return value;
}

/** It comes in a header: one with a blank, or not in ASCII, would never match. */
function token(name: string, value: string | undefined): string {
  const long = secret(name, value, 16);
  if (!/^[\x21-\x7e]+$/.test(long)) {
    throw new Error(
      `${name} holds a blank or a character that is not printable ASCII. Set it with: npx wrangler secret put ${name}`,
    );
  }
  return long;
}

function integer(name: string, value: string, min: number, max: number): number {
  const n = Number(value);
  if (!Number.isInteger(n) || n < min || n > max) {
    throw new Error(
      `${name} is "${value}": it must be a whole number from ${min} to ${max}. Set it in wrangler.toml under [vars].`,
    );
  }
  return n;
}
