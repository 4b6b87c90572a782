import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { tempFolder } from "../support/node/temp-folder.ts";

const ROOT = join(import.meta.dirname, "../..");

test("npm run deploy -- --dry-run packs the Worker with all that it is bound to, without a login", async () => {
  const home = tempFolder();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["scripts/deploy.ts", "--dry-run", "--outdir", join(home, "out")],
    { cwd: ROOT, env: { PATH: process.env.PATH, HOME: home, WRANGLER_SEND_METRICS: "false" } },
  );
  for (const binding of ["env.INTAKE (Intake)", "env.DB (clickferry)"]) expect(stdout).toContain(binding);
  expect(stdout).toContain("--dry-run: exiting now.");
});
