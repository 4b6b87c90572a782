/** The collector on this machine: the Worker of wrangler.toml in workerd, with its state in a folder. */

import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare, type WorkerOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { migrate } from "./migrate.ts";

export interface CollectorOptions {
  /** Where D1 and the Durable Objects live; made when absent. One collector at a time may use it. */
  dataDir: string;
  /** 0 takes any free port. */
  port: number;
  /** 16 characters or more. */
  adminToken: string;
  /** 32 characters or more. */
  clickIdSecret: string;
  /** Over the [vars] of wrangler.toml. */
  bindings?: Record<string, string>;
  /** Address to listen on; loopback unless told. */
  host?: string;
}

export interface Collector {
  /** Without a slash at the end. */
  url: string;
  /** For its storage: `await mf.getD1Database("DB")`. */
  mf: Miniflare;
  close(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, "..");
const CONFIG = join(ROOT, "wrangler.toml");
/** Miniflare's own choice; CLICKFERRY_WORKERD where a parent process of ours has set both variables. */
const WORKERD: string =
  process.env.CLICKFERRY_WORKERD ??
  process.env.MINIFLARE_WORKERD_PATH ??
  createRequire(import.meta.resolve("miniflare"))("workerd").default;

/**
 * Starts a collector and brings its database to the current schema. Nothing stands in front of the Worker:
 * the port is workerd's own (Miniflare's proxy takes nine tenths of the throughput).
 * A request's `MF-CF-Blob` header, a JSON object, becomes its `request.cf`, as the edge would set it.
 *
 * @example
 * const collector = await openCollector({ dataDir, port: 0, adminToken, clickIdSecret });
 * await fetch(`${collector.url}/api/v1/track/click`, { method: "POST", body });
 * await collector.close();
 */
export async function openCollector(options: CollectorOptions): Promise<Collector> {
  const { dataDir, port, adminToken, clickIdSecret, bindings, host = "127.0.0.1" } = options;
  mkdirSync(dataDir, { recursive: true });
  mkdirSync(join(ROOT, "dist/public"), { recursive: true });

  const config = unstable_readConfig({ config: CONFIG });
  const { workerOptions } = unstable_getMiniflareWorkerOptions(config);
  const { modulesRules: _, ...fromConfig } = workerOptions as WorkerOptions & { modulesRules?: unknown };
  const mf = new Miniflare({
    // In version 4 an option of the whole, ignored inside `workers`: without it nothing outlives the process.
    defaultPersistRoot: resolve(dataDir),
    // Otherwise Miniflare asks Cloudflare where this machine is.
    cf: false,
    unsafeRuntimeEnv: { CLICKFERRY_WORKERD: namedWorkerd(dataDir) },
    workers: [
      {
        ...fromConfig,
        name: config.name ?? "clickferry",
        rootPath: ROOT,
        modules: [{ type: "ESModule", path: "index.js", contents: await bundle() }],
        // From the configuration alone: a .dev.vars, which is for `wrangler dev`, is left out.
        bindings: {
          ...config.vars,
          ADMIN_TOKEN: adminToken,
          CLICK_ID_SECRET: clickIdSecret,
          ...bindings,
        },
        unsafeDirectSockets: [{ host, port }],
      } as WorkerOptions,
    ],
  });
  try {
    await mf.ready;
    await migrate(await mf.getD1Database("DB"), join(ROOT, "worker/migrations"));
    const url = await mf.unsafeGetDirectURL();
    return { url: url.origin, mf, close: () => mf.dispose() };
  } catch (error) {
    await mf.dispose().catch(() => undefined);
    throw error;
  }
}

/**
 * The name that this folder's workerd runs under. Its settings go in by standard input, so only this tells in a
 * list of processes whose it is, and lets scripts/orphans.ts find one that was left behind.
 */
export function workerdName(dataDir: string): string {
  return join(resolve(dataDir), "workerd");
}

function namedWorkerd(dataDir: string): string {
  if (process.platform === "win32") return WORKERD;
  process.env.MINIFLARE_WORKERD_PATH = fileURLToPath(new URL("workerd.sh", import.meta.url));
  // For any other Miniflare of this process, which is not told a name.
  process.env.CLICKFERRY_WORKERD = WORKERD;
  const name = workerdName(dataDir);
  rmSync(name, { force: true });
  symlinkSync(WORKERD, name);
  return name;
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["worker/index.ts"],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*"],
    sourcemap: "inline",
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}
