import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { CannotStart } from "../cannot-start.ts";
import { migrateFolder } from "../migrate-folder.ts";

const CONFIG = join(import.meta.dirname, "../../wrangler.toml");
const FOLDER = "d1/miniflare-D1DatabaseObject";

/**
 * The file of a data folder's D1, brought to the current schema, while no collector runs on it. What is written is on
 * the disk at the latest when it is closed, and a crash of the machine before that may spoil it.
 */
export async function openDatabase(dataDir: string): Promise<DatabaseSync> {
  const { d1Databases } = unstable_getMiniflareWorkerOptions(CONFIG).workerOptions;
  await migrateFolder(dataDir, d1Databases);
  const files = readdirSync(join(dataDir, FOLDER)).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  if (files.length !== 1) {
    throw new CannotStart(`${join(dataDir, FOLDER)} holds ${files.length} databases: it must be one.`);
  }
  const database = new DatabaseSync(join(dataDir, FOLDER, files[0]!));
  database.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -64000; PRAGMA temp_store = FILE");
  return database;
}
