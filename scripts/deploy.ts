/** `npm run deploy`: the settings are checked; wrangler deploy; what was deployed is kept for the pages that will pin it. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { varFaults } from "../worker/settings.ts";
import { configuredVars } from "./configured-vars.ts";
import { RELEASED } from "./released.ts";

interface Deployed {
  /** The exit status of wrangler. */
  status: number;
  /** The file that is new in the folder. */
  kept: string | undefined;
  /** What is wrong with [vars]: then nothing was deployed. */
  faults?: string[];
}

/**
 * @param args for `wrangler deploy`.
 * @param wrangler runs it and returns its exit status.
 */
export async function deploy(
  root: string,
  args: string[],
  wrangler: (args: string[]) => number,
): Promise<Deployed> {
  const faults = varFaults(configuredVars(root, args));
  if (faults.length > 0) return { status: 1, kept: undefined, faults };
  const status = wrangler(["deploy", ...args]);
  const { file } = JSON.parse(await readFile(join(root, "dist/tracker.json"), "utf8"));
  const kept = `${RELEASED}/${file}`;
  const trial = args.some((arg) => arg.startsWith("--dry-run"));
  if (status !== 0 || trial || existsSync(join(root, kept))) return { status, kept: undefined };
  await mkdir(join(root, RELEASED), { recursive: true });
  await copyFile(join(root, "dist/public", file), join(root, kept));
  return { status, kept };
}

function runWrangler(args: string[]): number {
  const bin = join(createRequire(import.meta.url).resolve("wrangler/package.json"), "../bin/wrangler.js");
  return spawnSync(process.execPath, [bin, ...args], { stdio: "inherit" }).status ?? 1;
}

if (import.meta.main) {
  const {
    status,
    kept,
    faults = [],
  } = await deploy(dirname(import.meta.dirname), process.argv.slice(2), runWrangler);
  for (const fault of faults) console.error(fault);
  if (kept) console.log(`Commit ${kept}: pages that pin it find it after later deployments, too.`);
  process.exitCode = status;
}
