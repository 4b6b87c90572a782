/**
 * Settings, from the strings that they are set as. Pure. Each concern is parsed by itself, so that a slip in one stops
 * what needs it and nothing else; an error names the setting that is missing or malformed, and how to set it.
 */

import { earlierSecrets } from "./earlier-secrets.ts";

type Name =
  | "CLICK_ID_SECRET"
  | "CLICK_ID_SECRET_PREVIOUS"
  | "ADMIN_TOKEN"
  | "INTAKE_SHARDS"
  | "COURIERS_PER_NETWORK"
  | "DELIVERY_TIMEOUT_MS"
  | "DELIVERY_HOURS"
  | "RETENTION_DAYS"
  | "ALLOW_LOOPBACK_NETWORKS"
  | "ACCESS_TEAM_DOMAIN"
  | "ACCESS_AUD";

export type Vars = Readonly<Partial<Record<Name, string>>>;

export interface Secrets {
  clickIdSecret: string;
  /** Newest first. */
  clickIdSecretsPrevious: readonly string[];
}

/** Of calls that leave for networks and merchants' pages. */
export interface CallSettings {
  timeout_ms: number;
  targets: { allowLoopback: boolean };
}

/** The application of Cloudflare Access that stands before the dashboard. */
export interface AccessSettings {
  /** `https://<team>.cloudflareaccess.com`: who signs its tokens, and where the keys for them are. */
  issuer: string;
  /** The application's audience tag (AUD). */
  audience: string;
}

const HOUR_MS = 3_600_000;
const DELIVERY_HOURS = "48";
export const DEFAULT_GIVE_UP_AFTER_MS = Number(DELIVERY_HOURS) * HOUR_MS;

export function parseSecrets(vars: Vars): Secrets {
  return {
    clickIdSecret: secret("CLICK_ID_SECRET", vars.CLICK_ID_SECRET, 32),
    clickIdSecretsPrevious: previousSecrets(vars.CLICK_ID_SECRET_PREVIOUS),
  };
}

/** It comes in a header: one with a blank, or not in ASCII, would never match. */
export function parseAdminToken({ ADMIN_TOKEN }: Vars): string {
  const long = secret("ADMIN_TOKEN", ADMIN_TOKEN, 16);
  if (!/^[\x21-\x7e]+$/.test(long)) {
    throw new Error(
      "ADMIN_TOKEN holds a blank or a character that is not printable ASCII. Set it with: npx wrangler secret put ADMIN_TOKEN",
    );
  }
  return long;
}

/** Per continent. */
export function parseIntakeShards(vars: Vars): number {
  return integer("INTAKE_SHARDS", vars.INTAKE_SHARDS ?? "4", 1, 256);
}

/** For each program and network. */
export function parseCouriers(vars: Vars): number {
  return integer("COURIERS_PER_NETWORK", vars.COURIERS_PER_NETWORK ?? "1", 1, 64);
}

export function parseCalls(vars: Vars): CallSettings {
  return {
    timeout_ms: integer("DELIVERY_TIMEOUT_MS", vars.DELIVERY_TIMEOUT_MS ?? "10000", 50, 60_000),
    targets: parseTargets(vars),
  };
}

export function parseTargets(vars: Vars): CallSettings["targets"] {
  return { allowLoopback: vars.ALLOW_LOOPBACK_NETWORKS === "1" };
}

/** From a click to its last attempt. */
export function parseGiveUpAfter(vars: Vars): number {
  return integer("DELIVERY_HOURS", vars.DELIVERY_HOURS ?? DELIVERY_HOURS, 1, 24 * 30) * HOUR_MS;
}

/** Everflow's report and the comparison with it look 14 days back. */
export const RETENTION_MIN_DAYS = 15;

export function isRetention(days: string): boolean {
  return /^\d+$/.test(days) && (Number(days) === 0 || Number(days) >= RETENTION_MIN_DAYS);
}

/** How many days clicks are kept; 0: for ever. */
export function parseRetentionDays({ RETENTION_DAYS: given = "90" }: Vars): number {
  if (isRetention(given)) return Number(given);
  throw new Error(
    `RETENTION_DAYS is "${given}": it must be a whole number of at least ${RETENTION_MIN_DAYS}, or 0 to keep clicks for ever. Until it is, none is deleted. Set it in wrangler.toml under [vars].`,
  );
}

/** @returns undefined where Access is not set up. */
export function parseAccess(vars: Vars): AccessSettings | undefined {
  const { ACCESS_TEAM_DOMAIN: team, ACCESS_AUD: audience } = vars;
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
  const here = parseTargets(vars).allowLoopback && url?.hostname === "127.0.0.1";
  if (!url || (url.protocol !== "https:" && !here) || url.href !== `${url.origin}/`) {
    throw new Error(
      `ACCESS_TEAM_DOMAIN is "${team}": it must be a host such as yourteam.cloudflareaccess.com. Set it in wrangler.toml under [vars].`,
    );
  }
  return { issuer: url.origin, audience };
}

/** What is wrong with `[vars]` of wrangler.toml, to be told before they are deployed. Secrets are not among them. */
export function varFaults(vars: Vars): string[] {
  return [
    parseIntakeShards,
    parseCouriers,
    parseCalls,
    parseGiveUpAfter,
    parseRetentionDays,
    parseAccess,
  ].flatMap((parse) => {
    try {
      parse(vars);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
}

function secret(name: string, value: string | undefined, minLength: number): string {
  if (!value || value.length < minLength) {
    throw new Error(
      `${name} is ${value ? "shorter than" : "missing: it needs"} ${minLength} characters. Set it with: npx wrangler secret put ${name}`,
    );
  }
  return value;
}

function previousSecrets(value: string | undefined): string[] {
  const read = earlierSecrets(value);
  if ("secrets" in read) return read.secrets;
  throw new Error(
    `CLICK_ID_SECRET_PREVIOUS ${read.fault}. Set it with: npx wrangler secret put CLICK_ID_SECRET_PREVIOUS`,
  );
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
