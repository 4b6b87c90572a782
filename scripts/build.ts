/** Builds what the browser gets into dist/, prints the tracker's size, and fails when it is over its budget. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { type BuildOptions, build, type Metafile } from "esbuild";
import { type MinifyOptions, minify } from "terser";
import { inBlock } from "./in-block.ts";
import { leanJsCookiePlugin } from "./lean-js-cookie.ts";
import { releasedTrackers, trackerHash } from "./released.ts";

/** Brotli, js-cookie included. */
const TRACKER_BUDGET_BYTES = 2_000;
/** Of the files in the bundle. It and {@link NAMES} compress best of some ten thousand tried, by some twenty bytes. */
const ORDER = "affitor arrival pending capture id attempt store landing log cookie navigate init".split(" ");
/** Of variables, in the order in which terser gives them out. */
const NAMES = "jgbmdhfkCeplIsvwHFNiqOBPLTzraXMZVD_y$KYxAJcnGuRtoUQSWE";
const PUBLIC = "dist/public";
const MODULE = "dist/module";
/** An hour: a new tracker is everywhere the same day. The file with the hash never changes. */
const SHORT_SECONDS = 3_600;

export interface Sizes {
  /** Bytes. */
  raw: number;
  gzip: number;
  brotli: number;
}

export interface Tracker {
  code: string;
  size: Sizes;
  /** Bytes of the bundle before terser, by source file, largest first. */
  parts: Array<[file: string, bytes: number]>;
  /** Of `tracker.HASH.js`. */
  hash: string;
  /** For the tag's `integrity`. */
  integrity: string;
}

/** One file for a browser; also what the peers in the benchmark are built with. */
export async function bundle(options: BuildOptions): Promise<{ code: string; metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: dirname(import.meta.dirname),
    bundle: true,
    write: false,
    metafile: true,
    // terser does the rest; after esbuild's own renaming it does it less well.
    minifySyntax: true,
    mangleProps: /^_[a-z]/,
    format: "iife",
    // Chrome and Edge 80, Firefox 74, Safari 13.1.
    target: "es2020",
    charset: "utf8",
    legalComments: "inline",
    // Without the project's `strict`, which would put "use strict" in front.
    tsconfigRaw: "{}",
    outdir: PUBLIC,
    ...options,
  });
  return { code: outputFiles![0]!.text, metafile: metafile! };
}

/** Of terser. `unsafe` takes built-ins to be the browser's own: a page that patched them gets what it patched. */
const SHORTEN: MinifyOptions = {
  ecma: 2020,
  toplevel: true,
  compress: { passes: 3, unsafe: true, unsafe_arrows: true, unsafe_methods: true },
};

/** What esbuild leaves undone: functions of several statements inlined, constants too, arrows for functions. */
export async function shorten(code: string): Promise<string> {
  // js-cookie's notice, which its licence asks to stay with every copy.
  const notices = code.match(/\/\*!.*?\*\//gs) ?? [];
  const format = { comments: false, preamble: notices.join("\n") };
  const { code: shorter } = await minify(code, { ...SHORTEN, format });
  return shorter!;
}

/** The letters of {@link NAMES}, then pairs of them. */
function nthName(n: number): string {
  const { length } = NAMES;
  return n < length ? NAMES[n]! : nthName(n % length) + NAMES[Math.floor(n / length) - 1];
}

/** {@link shorten}, for a script tag's file. In two steps: terser inlines a function's constants, but not a block's. */
async function shortenScript(code: string): Promise<string> {
  const notices = code.match(/\/\*!.*?\*\//gs) ?? [];
  const { code: inlined } = await minify(code, {
    ...SHORTEN,
    mangle: false,
    format: { beautify: true, comments: false },
  });
  const mangle = { nth_identifier: { get: nthName } };
  const format = { comments: false, preamble: notices.join("\n") };
  const { code: shorter } = await minify(inBlock(inlined!), { ...SHORTEN, mangle, format });
  return shorter!;
}

/** @throws {Error} esbuild's, when the source does not compile. */
export async function buildTracker(): Promise<Tracker> {
  const { code: bundled, metafile } = await bundle({
    stdin: {
      contents: [...ORDER, "tracker"].map((file) => `import "./${file}.ts";`).join(""),
      resolveDir: join(dirname(import.meta.dirname), "tracker"),
    },
    plugins: [leanJsCookiePlugin],
  });
  const code = await shortenScript(bundled);
  return {
    code,
    size: sizes(code),
    parts: parts(metafile),
    hash: trackerHash(code),
    integrity: `sha384-${createHash("sha384").update(code).digest("base64")}`,
  };
}

/** The file that data-debug and data-domains load. */
export async function buildMore(): Promise<string> {
  const { code } = await bundle({
    entryPoints: ["tracker/more.ts"],
    format: "esm",
    plugins: [leanJsCookiePlugin],
  });
  return shorten(code);
}

/** The package's entry: left readable, for the app's own bundler to shorten. */
export async function buildModule(): Promise<{ code: string; types: string }> {
  const { code } = await bundle({
    entryPoints: ["tracker/module.ts"],
    format: "esm",
    minify: false,
    mangleProps: /^_[a-z]/,
    plugins: [leanJsCookiePlugin],
  });
  const types = await readFile("tracker/public.ts", "utf8");
  const declared = (await readFile("tracker/module.ts", "utf8")).match(
    /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*export function init/,
  );
  const init = `${declared![0].replace("export function", "export declare function")}(options: Options & { collector: string }): Affitor | null;\n`;
  return { code, types: `${types}\n${init}` };
}

export function sizes(code: string): Sizes {
  return {
    raw: Buffer.byteLength(code),
    gzip: gzipSync(code, { level: 9 }).length,
    brotli: brotliCompressSync(code).length,
  };
}

function parts(metafile: Metafile): Tracker["parts"] {
  const [output] = Object.values(metafile.outputs);
  return Object.entries(output!.inputs)
    .map(([file, { bytesInOutput }]): [string, number] => [file, bytesInOutput])
    .sort((a, b) => b[1] - a[1]);
}

/** @throws {Error} naming both figures, when the size is over the budget. */
export function assertWithinBudget({ brotli }: Sizes, budgetBytes = TRACKER_BUDGET_BYTES): void {
  if (brotli > budgetBytes) {
    throw new Error(
      `tracker.js is ${brotli} bytes brotli: ${brotli - budgetBytes} over its budget of ${budgetBytes}.`,
    );
  }
}

/** What a merchant adds to a page that wants this very file and no other. */
export function pinnedTag({ hash, integrity }: Pick<Tracker, "hash" | "integrity">): string {
  return `<script async src="https://t.shop.example/tracker.${hash}.js" integrity="${integrity}" crossorigin="anonymous" data-program="1"></script>`;
}

/** For Workers Static Assets: https://developers.cloudflare.com/workers/static-assets/headers/ */
function headers(): string {
  const short = `public, max-age=${SHORT_SECONDS}, stale-while-revalidate=86400`;
  const rule = (path: string, cacheControl: string) => `${path}
  Access-Control-Allow-Origin: *
  Cross-Origin-Resource-Policy: cross-origin
  X-Content-Type-Options: nosniff
  ! Cache-Control
  Cache-Control: ${cacheControl}
`;
  return [
    rule("/tracker.js", short),
    rule("/tracker-more.js", short),
    rule("/js/affitor-tracker.js", short),
    rule("/tracker.*.js", "public, max-age=31536000, immutable"),
  ].join("");
}

async function main(): Promise<void> {
  const tracker = await buildTracker();
  const { code, size, hash, integrity } = tracker;
  const module = await buildModule();
  const pinned = { ...(await releasedTrackers()), [`tracker.${hash}.js`]: code };
  // Of builds that were never deployed nothing is left.
  for (const file of await readdir(PUBLIC).catch(() => [])) {
    if (/^tracker\.[0-9a-f]{8}\.js$/.test(file) && !(file in pinned)) await rm(join(PUBLIC, file));
  }
  const files = {
    [`${PUBLIC}/tracker.js`]: code,
    // The path of Affitor's script: a page that uses it changes the host and nothing else.
    [`${PUBLIC}/js/affitor-tracker.js`]: code,
    ...Object.fromEntries(Object.entries(pinned).map(([file, code]) => [`${PUBLIC}/${file}`, code])),
    [`${PUBLIC}/tracker-more.js`]: await buildMore(),
    [`${PUBLIC}/_headers`]: headers(),
    "dist/tracker.json": `${JSON.stringify({ file: `tracker.${hash}.js`, integrity, tag: pinnedTag(tracker), size }, null, 2)}\n`,
    [`${MODULE}/index.js`]: module.code,
    [`${MODULE}/index.d.ts`]: module.types,
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  console.log(
    `tracker.js  ${size.raw} bytes, gzip ${size.gzip}, brotli ${size.brotli} of ${TRACKER_BUDGET_BYTES}` +
      `  (${tracker.parts.map(([file, bytes]) => `${file.replace(/^.*\//, "")} ${bytes}`).join(", ")})`,
  );
  assertWithinBudget(size);
}

if (import.meta.main) {
  await main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
