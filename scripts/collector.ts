/** The collector on this machine: the Worker of wrangler.toml in workerd, with its state in a folder. */

import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare, type WorkerOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { type Cron, openCron } from "./cron.ts";
import { migrateFolder } from "./migrate-folder.ts";
import { workerdName } from "./workerd-name.ts";

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
  /** A module in the place of worker/index.ts that exports what it does: the bench's, with a meter. */
  entry?: string;
}

export interface Collector {
  /** Without a slash at the end. */
  url: string;
  /** For its storage: `await mf.getD1Database("DB")`. */
  mf: Miniflare;
  /** Twice is as good as once. */
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
 * The Worker with its static assets, without the router that Miniflare puts before a Worker that has some: measured
 * with 64 connections, it doubles the processor time of a click. Behind the Worker, the assets cost a click nothing.
 */
const DIRECT = `
  import worker from "./index.js";
  export * from "./index.js";
  export default worker;
  export const Direct = {
    async fetch(request, env, context) {
      const response = await worker.fetch(request, env, context);
      if (response.status !== 404 || !/^(GET|HEAD)$/.test(request.method)) return response;
      const asset = await env.ASSETS.fetch(request);
      return asset.status === 404 ? response : asset;
    },
  };`;

/**
 * Brings the database of the folder to the current schema, starts a collector on it, and runs its cron triggers, so
 * that what was owed to networks when an earlier one was killed is delivered. Nothing stands in front of the Worker:
 * the port is workerd's own (Miniflare's proxy takes nine tenths of the throughput).
 * A request's `MF-CF-Blob` header, a JSON object, becomes its `request.cf`, as the edge would set it.
 *
 * @example
 * const collector = await openCollector({ dataDir, port: 0, adminToken, clickIdSecret });
 * await fetch(`${collector.url}/api/v1/track/click`, { method: "POST", body });
 * await collector.close();
 */
export async function openCollector(options: CollectorOptions): Promise<Collector> {
  const {
    dataDir,
    port,
    adminToken,
    clickIdSecret,
    bindings,
    host = "127.0.0.1",
    entry = "worker/index.ts",
  } = options;
  mkdirSync(dataDir, { recursive: true });
  mkdirSync(join(ROOT, "dist/public"), { recursive: true });

  const { crons, options: fromConfig } = fromWranglerToml();
  const runtimeEnv = { CLICKFERRY_WORKERD: namedWorkerd(dataDir) };
  // Before the port is open: a visitor may be there first.
  await migrateFolder(resolve(dataDir), fromConfig.d1Databases, runtimeEnv);
  const mf = new Miniflare({
    // In version 4 an option of the whole, ignored inside `workers`: without it nothing outlives the process.
    defaultPersistRoot: resolve(dataDir),
    // Otherwise Miniflare asks Cloudflare where this machine is.
    cf: false,
    unsafeRuntimeEnv: runtimeEnv,
    workers: [
      {
        ...fromConfig,
        rootPath: ROOT,
        modules: [
          { type: "ESModule", path: "direct.js", contents: DIRECT },
          { type: "ESModule", path: "index.js", contents: await bundle(entry) },
        ],
        assets: { ...fromConfig.assets, binding: "ASSETS" },
        bindings: {
          ...fromConfig.bindings,
          // All shards would be in this one process: more than one only splits the groups that share a write.
          INTAKE_SHARDS: "1",
          ADMIN_TOKEN: adminToken,
          CLICK_ID_SECRET: clickIdSecret,
          ...bindings,
        },
        unsafeDirectSockets: [{ host, port, entrypoint: "Direct" }],
      } as WorkerOptions,
    ],
  });
  try {
    await mf.ready;
    const url = await mf.unsafeGetDirectURL(undefined, "Direct");
    const cron = await openCron(mf, crons);
    let closing: Promise<void> | undefined;
    return { url: url.origin, mf, close: () => (closing ??= close(mf, cron)) };
  } catch (error) {
    await mf.dispose().catch(() => undefined);
    throw error;
  }
}

async function close(mf: Miniflare, cron: Cron): Promise<void> {
  await cron.close();
  await mf.dispose();
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

function fromWranglerToml(): { crons: string[]; options: WorkerOptions } {
  const config = unstable_readConfig({ config: CONFIG });
  // An option that wrangler's types leave out. Unless other files are named, if only one that does not exist, the
  // secrets of `wrangler dev` come along, from .dev.vars and .env.
  const envFiles = { envFiles: ["none"] } as object;
  const { workerOptions } = unstable_getMiniflareWorkerOptions(config, undefined, envFiles);
  const { modulesRules: _, ...options } = workerOptions;
  return { crons: config.triggers.crons ?? [], options: { name: config.name, ...options } as WorkerOptions };
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
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
