/** What `npm run dev` needs before wrangler: secrets, and a local database with the current schema. */

import { join } from "node:path";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { ensureDevVars } from "./dev-vars.ts";
import { migrateFolder } from "./migrate-folder.ts";

const ROOT = join(import.meta.dirname, "..");

if (ensureDevVars(join(ROOT, ".dev.vars"))) {
  console.log("Made .dev.vars: the ADMIN_TOKEN of `npm run dev` is in it.");
}
// Not `wrangler d1 migrations apply`, which asks before it does; this is the database that `wrangler dev` opens.
const { d1Databases } = unstable_getMiniflareWorkerOptions(join(ROOT, "wrangler.toml")).workerOptions;
await migrateFolder(join(ROOT, ".wrangler/state/v3"), d1Databases);
