/** Trackers that pages pin by their hash stay where they are, whatever is deployed later. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { deploy } from "../../scripts/deploy.ts";
import { tempFolder } from "../support/node/temp-folder.ts";

const ROOT = join(import.meta.dirname, "../..");

const nameOf = (code: string) => `tracker.${createHash("sha256").update(code).digest("hex").slice(0, 8)}.js`;

/** A clone with trackers of earlier deployments, by name. */
function clone(released: Record<string, string>): string {
  const folder = tempFolder();
  for (const part of ["package.json", "scripts", "tracker", "wrangler.toml"]) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  // Those of this clone's own deployments.
  rmSync(join(folder, "tracker/released"), { recursive: true, force: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  mkdirSync(join(folder, "tracker/released"), { recursive: true });
  for (const [name, code] of Object.entries(released)) {
    writeFileSync(join(folder, "tracker/released", name), code);
  }
  return folder;
}

const build = (cwd: string) => promisify(execFile)(process.execPath, ["scripts/build.ts"], { cwd });

test("a build serves the trackers of earlier deployments beside its own, and none that never was deployed", async () => {
  const old = "/* as it was */\n";
  const folder = clone({ [nameOf(old)]: old });
  mkdirSync(join(folder, "dist/public"), { recursive: true });
  writeFileSync(join(folder, "dist/public/tracker.deadbeef.js"), "");
  await build(folder);

  const { file } = JSON.parse(readFileSync(join(folder, "dist/tracker.json"), "utf8"));
  const served = readdirSync(join(folder, "dist/public")).filter((name) => /^tracker\.\w+\.js$/.test(name));
  expect(served).toEqual(expect.arrayContaining([file, nameOf(old)]));
  expect(served).not.toContain("tracker.deadbeef.js");
  expect(readFileSync(join(folder, "dist/public", nameOf(old)), "utf8")).toBe(old);
});

test("a kept tracker that was altered fails the build, which names it", async () => {
  const folder = clone({ "tracker.deadbeef.js": "/* altered */" });

  await expect(build(folder)).rejects.toMatchObject({
    stderr: expect.stringContaining("tracker/released/tracker.deadbeef.js is not what its name says"),
  });
});

test("a deployment keeps its tracker for the builds to come; a trial and a failure keep nothing", async () => {
  const folder = clone({});
  await build(folder);
  const { file } = JSON.parse(readFileSync(join(folder, "dist/tracker.json"), "utf8"));
  const kept = join(folder, "tracker/released", file);
  const calls: string[][] = [];
  const wrangler = (status: number) => (args: string[]) => {
    if (args[0] !== "deploy") return 0;
    calls.push(args);
    return status;
  };

  expect(await deploy(folder, ["--dry-run"], wrangler(0))).toEqual({ status: 0, kept: undefined });
  expect(await deploy(folder, [], wrangler(1))).toEqual({ status: 1, kept: undefined });
  expect(existsSync(kept)).toBe(false);
  expect(await deploy(folder, ["--env", "x"], wrangler(0))).toEqual({
    status: 0,
    kept: `tracker/released/${file}`,
  });
  expect(nameOf(readFileSync(kept, "utf8"))).toBe(file);
  expect(await deploy(folder, [], wrangler(0))).toEqual({ status: 0, kept: undefined });
  expect(calls).toEqual([["deploy", "--dry-run"], ["deploy"], ["deploy", "--env", "x"], ["deploy"]]);
});
