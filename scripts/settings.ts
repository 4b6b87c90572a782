/** The settings of `npm start`, from the environment. Pure. */

import { earlierSecrets } from "../worker/earlier-secrets.ts";
import { isRetention, RETENTION_MIN_DAYS } from "../worker/settings.ts";
import { CannotStart } from "./cannot-start.ts";

export interface StartSettings {
  /** The collector's; the demo's shop and its two networks take the next three. */
  port: number;
  /** Where the state lives. */
  dataDir: string;
  /** Seed the demo program, serve its shop and play its networks. */
  demo: boolean;
  /** Networks may be on this machine; the demo's are. */
  allowLoopbackNetworks: boolean;
  /** Undefined: one is made and kept in the data folder. */
  adminToken: string | undefined;
  clickIdSecret: string | undefined;
  /** The secrets before it, separated by blanks: what they signed is good as well. */
  clickIdSecretPrevious: string | undefined;
  /** Days that clicks are kept, 0 for ever. Undefined: as wrangler.toml says. */
  retentionDays: string | undefined;
  /** Keys for Everflow's API by their names: EVERFLOW_API_KEY, and EVERFLOW_API_KEY_411 for affiliate 411. */
  everflowKeys: Record<string, string>;
}

const EVERFLOW_KEY = /^EVERFLOW_API_KEY(?:_\d+)?$/;

/** Three more follow it. */
const LAST_PORT = 65_532;

/** @throws {CannotStart} naming the setting and what it must be */
export function readSettings(env: NodeJS.ProcessEnv): StartSettings {
  const demo = demoWanted(env.CLICKFERRY_DEMO || "1");
  return {
    port: port(env.PORT || "8787"),
    dataDir: env.CLICKFERRY_DATA || ".clickferry",
    demo,
    allowLoopbackNetworks: demo || env.ALLOW_LOOPBACK_NETWORKS === "1",
    adminToken: token("ADMIN_TOKEN", env.ADMIN_TOKEN),
    clickIdSecret: secret("CLICK_ID_SECRET", env.CLICK_ID_SECRET, 32),
    clickIdSecretPrevious: previousSecrets(env.CLICK_ID_SECRET_PREVIOUS),
    retentionDays: retention(env.RETENTION_DAYS),
    everflowKeys: Object.fromEntries(
      Object.entries(env).filter((entry): entry is [string, string] => {
        const [name, value] = entry;
        return EVERFLOW_KEY.test(name) && Boolean(value);
      }),
    ),
  };
}

/** "false" or "off" would otherwise bring the demo up. */
function demoWanted(value: string): boolean {
  if (value !== "0" && value !== "1") {
    throw new CannotStart(`CLICKFERRY_DEMO is "${value}": it must be 0 or 1.`);
  }
  return value === "1";
}

function port(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < 1 || number > LAST_PORT) {
    throw new CannotStart(`PORT is "${value}": it must be a whole number from 1 to ${LAST_PORT}.`);
  }
  return number;
}

/** A slip would only be logged by the Worker, and clicks kept. */
function retention(value: string | undefined): string | undefined {
  if (!value) return undefined;
  if (!isRetention(value)) {
    throw new CannotStart(
      `RETENTION_DAYS is "${value}": it must be a whole number of at least ${RETENTION_MIN_DAYS}, or 0 to keep clicks for ever.`,
    );
  }
  return value;
}

/** It goes into a header: a blank ends it there, and what is not ASCII cannot be sent. */
function token(name: string, value: string | undefined): string | undefined {
  const long = secret(name, value, 16);
  if (long && !/^[\x21-\x7e]+$/.test(long)) {
    throw new CannotStart(
      `${name} holds a blank or a character that is not printable ASCII, and a header cannot carry it. Leave it out to have one made.`,
    );
  }
  return long;
}

/** Set to nothing is not set: what `ADMIN_TOKEN=$UNSET npm start` comes to. */
function secret(name: string, value: string | undefined, minLength: number): string | undefined {
  if (!value) return undefined;
  if (value.length < minLength) {
    throw new CannotStart(
      `${name} has ${value.length} characters: it needs ${minLength} or more. Leave it out to have one made.`,
    );
  }
  return value;
}

function previousSecrets(value: string | undefined): string | undefined {
  const read = earlierSecrets(value);
  if ("fault" in read) {
    throw new CannotStart(
      `CLICK_ID_SECRET_PREVIOUS ${read.fault}. Leave it out unless the secret was changed.`,
    );
  }
  return value || undefined;
}
