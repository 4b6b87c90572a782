import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { deploy } from "../../scripts/deploy.ts";
import { tempFolder } from "../support/node/temp-folder.ts";

const ROOT = join(import.meta.dirname, "../..");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

/** As after a build. */
function built(): string {
  const folder = tempFolder();
  mkdirSync(join(folder, "dist/public"), { recursive: true });
  writeFileSync(join(folder, "dist/public/tracker.00000000.js"), "");
  writeFileSync(join(folder, "dist/tracker.json"), '{"file": "tracker.00000000.js"}');
  cpSync(join(ROOT, "wrangler.toml"), join(folder, "wrangler.toml"));
  return folder;
}

test("npm run deploy -- --dry-run packs the Worker with all that it is bound to, without a login or a doubt", async () => {
  const home = tempFolder();
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ["scripts/deploy.ts", "--dry-run", "--outdir", join(home, "out")],
    { cwd: ROOT, env: { PATH: process.env.PATH, HOME: home, WRANGLER_SEND_METRICS: "false" } },
  );
  for (const binding of ["env.INTAKE (Intake)", "env.SIGN_IN_LIMIT (SignInLimit)", "env.DB (clickferry)"])
    expect(stdout).toContain(binding);
  expect(stdout).toContain("--dry-run: exiting now.");
  // Such as an option that this wrangler does not know.
  expect(stdout + stderr).not.toContain("WARNING");
});

// Wrangler itself, on a database of this machine in place of the remote one.
test("a deployment applies the migrations that are missing before the Worker that needs them goes out", async () => {
  const folder = built();
  cpSync(join(ROOT, "worker/migrations"), join(folder, "worker/migrations"), { recursive: true });
  const local = ["--local", "--persist-to", join(folder, "state")];
  const d1 = (...args: string[]) =>
    spawnSync(process.execPath, [WRANGLER, "d1", ...args, ...local], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: process.env.PATH, HOME: folder, WRANGLER_SEND_METRICS: "false" },
      stdio: ["ignore", "pipe", "pipe"],
    });
  let whenDeployed = "";
  const wrangler = (args: string[]) => {
    if (args[0] === "d1") return d1(...args.slice(1).filter((arg) => arg !== "--remote")).status!;
    whenDeployed = d1("migrations", "list", "DB").stdout;
    return 0;
  };

  expect((await deploy(folder, [], wrangler)).status).toBe(0);
  expect(whenDeployed).toContain("No migrations to apply");
});

test("nothing is deployed when a migration fails, and a dry run touches no database", async () => {
  const calls: string[] = [];
  const wrangler = (status: number) => (args: string[]) => {
    calls.push(args.join(" "));
    return args[0] === "d1" ? status : 0;
  };
  expect(await deploy(built(), [], wrangler(1))).toEqual({ status: 1, kept: undefined });
  expect(calls).toEqual(["d1 migrations apply DB --remote"]);
  calls.length = 0;
  await deploy(built(), ["--dry-run"], wrangler(1));
  expect(calls).toEqual(["deploy --dry-run"]);
});

test("the migrations go where the deployment goes", async () => {
  const calls: string[] = [];
  const wrangler = (args: string[]) => calls.push(args.join(" ")) && 0;
  const folder = built();
  const config = `--config=${join(folder, "other.toml")}`;
  cpSync(join(folder, "wrangler.toml"), join(folder, "other.toml"));
  await deploy(folder, ["--env", "x", "--minify", config, "--tag", "y"], wrangler);
  expect(calls).toEqual([
    `d1 migrations apply DB --remote --env x ${config}`,
    `deploy --env x --minify ${config} --tag y`,
  ]);
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
    return 0;
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
  await deploy(built(), ["-c", config, "--env=good"], wrangler);
  expect(called.at(-1)).toEqual(["deploy", "-c", config, "--env=good"]);
});
