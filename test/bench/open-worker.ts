/** One of the bench's own Workers in workerd, on a socket of its own, with a D1 of the collector's schema. */

import { join } from "node:path";
import { build } from "esbuild";
import { Miniflare, type WorkerOptions } from "miniflare";
import { migrate } from "../../scripts/migrate.ts";

const ROOT = join(import.meta.dirname, "../..");

export async function openWorker(entry: string, dataDir: string) {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
  });
  const mf = new Miniflare({
    defaultPersistRoot: dataDir,
    cf: false,
    workers: [
      {
        name: "bench",
        modules: [{ type: "ESModule", path: "index.js", contents: outputFiles[0]!.text }],
        compatibilityDate: "2026-07-30",
        d1Databases: ["DB"],
        unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      } as WorkerOptions,
    ],
  });
  await mf.ready;
  await migrate(await mf.getD1Database("DB"), join(ROOT, "worker/migrations"));
  return { mf, url: (await mf.unsafeGetDirectURL()).origin, close: () => mf.dispose() };
}
