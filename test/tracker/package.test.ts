/** The package as an app gets it: packed in a clean clone, installed without a registry. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

let folder: string;
/** Has the package installed. */
let app: string;
let packed: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clickferry-package-"));
  const clone = join(folder, "clone");
  for (const part of ["package.json", "README.md", "LICENSE", "scripts", "tracker", "worker"]) {
    await cp(join(ROOT, part), join(clone, part), { recursive: true });
  }
  await symlink(join(ROOT, "node_modules"), join(clone, "node_modules"));
  await run("npm", ["pack", "--pack-destination", folder], { cwd: clone });
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz"))!;
  packed = (await run("tar", ["-tzf", join(folder, tarball)])).stdout.trim().split("\n").sort();

  app = join(folder, "app");
  await mkdir(app);
  await writeFile(join(app, "package.json"), `{ "type": "module" }`);
  await run("npm", ["install", "--offline", "--no-audit", join(folder, tarball)], { cwd: app });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("holds the module and its types alone, and brings no other package with it", async () => {
  expect(packed).toEqual(
    ["LICENSE", "README.md", "dist/module/index.d.ts", "dist/module/index.js", "package.json"].map(
      (name) => `package/${name}`,
    ),
  );
  const installed = (await readdir(join(app, "node_modules"))).filter((name) => !name.startsWith("."));
  expect(installed).toEqual(["clickferry"]);
});

test("on a server it does nothing", async () => {
  await writeFile(
    join(app, "server.js"),
    `import { init } from "clickferry";
     console.log(init({ program: 1, collector: "https://t.shop.example" }));`,
  );

  expect((await run(process.execPath, ["server.js"], { cwd: app })).stdout).toBe("null\n");
});

test("its types name the options and the interface, and refuse what is none", async () => {
  await writeFile(
    join(app, "app.ts"),
    `import { init, type Affitor, type Options } from "clickferry";
     const options: Options = { program: "1", consent: "required", domains: "checkout.example" };
     const affitor: Affitor | null = init({ ...options, collector: "https://t.shop.example" });
     const id: string | null | undefined = affitor?.getClickId();
     affitor?.consent(false);
     // @ts-expect-error
     init({ program: 1 });
     // @ts-expect-error
     affitor!.clickId = id;`,
  );
  await writeFile(
    join(app, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        module: "ESNext",
        moduleResolution: "Bundler",
        target: "ES2022",
        lib: ["ES2022", "DOM"],
        types: [],
      },
      files: ["app.ts"],
    }),
  );
  const checked = await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", app]).catch((error) => error);

  expect(checked.stdout).toBe("");
});
