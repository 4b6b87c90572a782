/** The [vars] that a `wrangler deploy` with these arguments takes along. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { unstable_readConfig } from "wrangler";
import type { Vars } from "../worker/settings.ts";

/** @param root where wrangler.toml is, unless the arguments name another file. */
export function configuredVars(root: string, args: string[]): Vars {
  const { values } = parseArgs({
    args,
    // The other options are wrangler's own.
    strict: false,
    options: { config: { type: "string", short: "c" }, env: { type: "string", short: "e" } },
  });
  const { config = join(root, "wrangler.toml"), env } = values as { config?: string; env?: string };
  return unstable_readConfig({ config, env }, { hideWarnings: true }).vars as Vars;
}
