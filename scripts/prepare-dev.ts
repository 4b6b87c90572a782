/** What `npm run dev` needs before wrangler: secrets, and a local database with the current schema. */

import { join } from "node:path";
import { Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { ensureDevVars } from "./dev-vars.ts";
import { migrate } from "./migrate.ts";

const ROOT = join(import.meta.dirname, "..");

if (ensureDevVars(join(ROOT, ".dev.vars"))) {
  console.log("Made .dev.vars: the ADMIN_TOKEN of `npm run dev` is in it.");
}
// Not `wrangler d1 migrations apply`, which asks before it does; this is the database that `wrangler dev` opens.
const { d1Databases } = unstable_getMiniflareWorkerOptions(join(ROOT, "wrangler.toml")).workerOptions;
const mf = new Miniflare({
  modules: true,
  script: "export default {}",
  defaultPersistRoot: join(ROOT, ".wrangler/state/v3"),
  cf: false,
  ...(d1Databases && { d1Databases }),
});
await migrate(await mf.getD1Database("DB"), join(ROOT, "worker/migrations"));
await mf.dispose();
