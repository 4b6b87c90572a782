/** Builds the dashboard into dist/public/dashboard/, prints its size, and fails when it is over its budget. */
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { minify } from "terser";
import { sizes } from "./build.ts";

/** Brotli, of everything that the dashboard loads. */
const DASHBOARD_BUDGET_BYTES = 60_000;
/** What is bundled. */
const LIBRARIES = ["preact", "@preact/signals", "@preact/signals-core", "uplot", "uqr"];
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
    legalComments: "none",
    logLevel: "error",
    plugins: [ownPlot],
  });
  const named = (name: RegExp) =>
    `/dashboard/${basename(outputFiles.find(({ path }) => name.test(path))!.path)}`;
  const page = (await readFile(join(ROOT, "dashboard/index.html"), "utf8"))
    .replace("{script}", named(/app\.\w+\.js$/))
    .replace("{style}", named(/style\.\w+\.css$/));
  // Of an earlier build nothing is left: the page names the files that there are.
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  const files = new Map<string, string>();
  for (const { path, text } of outputFiles)
    files.set(path, path.endsWith(".js") ? await shorten(text) : text);
  for (const [path, text] of files) await writeFile(path, text);
  await writeFile(join(OUT, "licences.txt"), await licences());
  await writeFile(join(OUT, "index.html"), page);
  await copyFile(join(ROOT, "dashboard/icon.svg"), join(OUT, "icon.svg"));
  return Object.fromEntries([
    ...[...files].map(([path, text]) => [basename(path), sizes(text).brotli]),
    ["index.html", sizes(page).brotli],
  ]);
}

/**
 * uPlot as it is used here. It asks for figures in `navigator.language`, which is no language on machines without one
 * ("en-US@posix"): the whole page would stay empty; the runtime's own choice is always one. And it hangs bars, steps,
 * curves and joins on itself, which would be loaded with it and are never drawn.
 */
const ownPlot: Plugin = {
  name: "own-plot",
  setup({ onLoad }) {
    onLoad({ filter: /uPlot\.esm\.js$/ }, async ({ path }) => {
      let contents = await readFile(path, "utf8");
      for (const [theirs, ours] of PLOT_CHANGES) {
        const before = contents;
        contents = before.replace(theirs, ours);
        if (contents === before) throw new Error(`uPlot is written in another way now: no ${theirs}`);
      }
      return { contents };
    });
  },
};
const PLOT_CHANGES = [
  [/domEnv \? nav\.language : 'en-US'/, ""],
  [/^uPlot\.assign = .*(?=^export )/ms, "uPlot.tzDate = tzDate;\n"],
] as const;

/** A twentieth less than esbuild alone. */
async function shorten(code: string): Promise<string> {
  const { code: shorter } = await minify(code, {
    module: true,
    ecma: 2020,
    compress: { passes: 3, ecma: 2020, keep_fargs: false },
  });
  return shorter!;
}

/** The libraries' terms ask that they come with every copy. */
async function licences(): Promise<string> {
  const texts = LIBRARIES.map(async (name) => {
    const text = await readFile(join(ROOT, "node_modules", name, "LICENSE"), "utf8");
    return `${name}\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join("\n\n");
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
