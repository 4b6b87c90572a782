/**
 * `npm run deploy`: the settings are checked; missing migrations; wrangler deploy; then what was deployed is kept for
 * the pages that will pin it.
 */
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
  const trial = args.some((arg) => arg.startsWith("--dry-run"));
  if (!trial) {
    // First, since a Worker without its tables records nothing; one of before keeps its clicks until the next is there.
    const status = wrangler(["d1", "migrations", "apply", "DB", "--remote", ...whereTo(args)]);
    if (status !== 0) return { status, kept: undefined };
  }
  const status = wrangler(["deploy", ...args]);
  const { file } = JSON.parse(await readFile(join(root, "dist/tracker.json"), "utf8"));
  const kept = `${RELEASED}/${file}`;
  if (status !== 0 || trial || existsSync(join(root, kept))) return { status, kept: undefined };
  await mkdir(join(root, RELEASED), { recursive: true });
  await copyFile(join(root, "dist/public", file), join(root, kept));
  return { status, kept };
}

const WHERE_TO = /^(?:--env|-e|--config|-c|--profile)(=|$)/;

/** What names the environment, its file or the account. */
function whereTo(args: string[]): string[] {
  return args.filter((arg, i) => WHERE_TO.test(arg) || WHERE_TO.exec(args[i - 1] ?? "")?.[1] === "");
}

function runWrangler(args: string[]): number {
  const bin = join(createRequire(import.meta.url).resolve("wrangler/package.json"), "../bin/wrangler.js");
  // Nobody to ask, it applies migrations without; a no would be no failure, and the Worker deployed without its tables.
  const stdin = args[0] === "d1" ? "ignore" : "inherit";
  return spawnSync(process.execPath, [bin, ...args], { stdio: [stdin, "inherit", "inherit"] }).status ?? 1;
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
