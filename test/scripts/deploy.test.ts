import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { deploy } from "../../scripts/deploy.ts";
import { tempFolder } from "../support/node/temp-folder.ts";

const ROOT = join(import.meta.dirname, "../..");

test("npm run deploy -- --dry-run packs the Worker with all that it is bound to, without a login", async () => {
  const home = tempFolder();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["scripts/deploy.ts", "--dry-run", "--outdir", join(home, "out")],
    { cwd: ROOT, env: { PATH: process.env.PATH, HOME: home, WRANGLER_SEND_METRICS: "false" } },
  );
  for (const binding of ["env.INTAKE (Intake)", "env.SIGN_IN_LIMIT (SignInLimit)", "env.DB (clickferry)"])
    expect(stdout).toContain(binding);
  expect(stdout).toContain("--dry-run: exiting now.");
});

// It was told by the log of the deployed Worker, which took no click any more.
test("npm run deploy deploys no [vars] that the Worker would not take, and names each", async () => {
  const config = join(tempFolder(), "wrangler.toml");
  const good = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
  const slipped = good
    .replace('DELIVERY_HOURS = "48"', 'DELIVERY_HOURS = "2d"')
    .replace('COURIERS_PER_NETWORK = "1"', "COURIERS_PER_NETWORK = 0");
  writeFileSync(config, `${slipped}\n[env.good.vars]\nDELIVERY_HOURS = "24"\n`);
  const called: string[][] = [];
  const wrangler = (args: string[]) => {
    called.push(args);
    return 1;
  };
  expect(await deploy(ROOT, ["--config", config], wrangler)).toEqual({
    status: 1,
    kept: undefined,
    faults: [
      'COURIERS_PER_NETWORK is "0": it must be a whole number from 1 to 64. Set it in wrangler.toml under [vars].',
      'DELIVERY_HOURS is "2d": it must be a whole number from 1 to 720. Set it in wrangler.toml under [vars].',
    ],
  });
  expect(called).toEqual([]);
  await deploy(ROOT, ["-c", config, "--env=good"], wrangler);
  expect(called).toEqual([["deploy", "-c", config, "--env=good"]]);
});
