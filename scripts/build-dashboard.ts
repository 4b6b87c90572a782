/** Builds the dashboard into dist/public/dashboard/, prints its size, and fails when it is over its budget. */
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { build } from "esbuild";
import { sizes } from "./build.ts";

/** Brotli, of everything that the dashboard loads. */
const DASHBOARD_BUDGET_BYTES = 60_000;
const ROOT = dirname(import.meta.dirname);
const OUT = join(ROOT, "dist/public/dashboard");

/** Bytes, brotli, by file. */
export async function buildDashboard(): Promise<Record<string, number>> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: { app: "dashboard/main.tsx", style: "dashboard/style/dashboard.css" },
    entryNames: "[name].[hash]",
    outdir: OUT,
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: ["chrome110", "firefox115", "safari16.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "linked",
    logLevel: "error",
  });
  const named = (name: RegExp) =>
    `/dashboard/${basename(outputFiles.find(({ path }) => name.test(path))!.path)}`;
  const page = (await readFile(join(ROOT, "dashboard/index.html"), "utf8"))
    .replace("{script}", named(/app\.\w+\.js$/))
    .replace("{style}", named(/style\.\w+\.css$/));
  // Of an earlier build nothing is left: the page names the files that there are.
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  for (const { path, contents } of outputFiles) await writeFile(path, contents);
  await writeFile(join(OUT, "index.html"), page);
  await copyFile(join(ROOT, "dashboard/icon.svg"), join(OUT, "icon.svg"));
  const loaded = outputFiles.filter(({ path }) => /\.(js|css)$/.test(path));
  return Object.fromEntries([
    ...loaded.map(({ path, text }) => [basename(path), sizes(text).brotli]),
    ["index.html", sizes(page).brotli],
  ]);
}

async function main(): Promise<void> {
  const files = await buildDashboard();
  const total = Object.values(files).reduce((sum, bytes) => sum + bytes, 0);
  const each = Object.entries(files).map(([file, bytes]) => `${file} ${bytes}`);
  console.log(`dashboard   brotli ${total} of ${DASHBOARD_BUDGET_BYTES}  (${each.join(", ")})`);
  if (total > DASHBOARD_BUDGET_BYTES) {
    throw new Error(`The dashboard is ${total - DASHBOARD_BUDGET_BYTES} bytes over its budget.`);
  }
}

if (import.meta.main) {
  await main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
