/** Brings the D1 in a folder of Miniflare's to the current schema, while nothing else runs on it. */

import { join } from "node:path";
import { Miniflare, type WorkerOptions } from "miniflare";
import { migrate } from "./migrate.ts";

const MIGRATIONS = join(import.meta.dirname, "../worker/migrations");

/**
 * In a runtime of its own, without the Worker and its port: a Worker that listened before its tables are there would
 * answer its first visitors with errors, and its alarms would write by a schema that is not yet theirs.
 *
 * @param d1Databases of wrangler.toml, as Miniflare wants them; the one bound to DB is migrated
 * @param runtimeEnv environment of workerd
 */
export async function migrateFolder(
  folder: string,
  d1Databases: WorkerOptions["d1Databases"],
  runtimeEnv: Record<string, string> = {},
): Promise<void> {
  const mf = new Miniflare({
    modules: true,
    script: "export default {}",
    defaultPersistRoot: folder,
    cf: false,
    unsafeRuntimeEnv: runtimeEnv,
    d1Databases,
  });
  try {
    await migrate(await mf.getD1Database("DB"), MIGRATIONS);
  } finally {
    await mf.dispose();
  }
}
