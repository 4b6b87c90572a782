/** Builds what the browser gets into dist/public, prints the tracker's size, and fails when it is over its budget. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";

/** Brotli, js-cookie included. */
const TRACKER_BUDGET_BYTES = 1_700;
/** The second is the path of Affitor's script: a page that uses it changes the host and nothing else. */
const TRACKER_FILES = ["dist/public/tracker.js", "dist/public/js/affitor-tracker.js"];

export interface Tracker {
  code: string;
  /** Bytes. */
  size: { raw: number; gzip: number; brotli: number };
  /** Bytes of `code` by source file, largest first. */
  parts: Array<[file: string, bytes: number]>;
}

/** @throws {Error} esbuild's, when the source does not compile. */
export async function buildTracker(): Promise<Tracker> {
  const { outputFiles, metafile } = await build({
    entryPoints: ["tracker/tracker.ts"],
    absWorkingDir: dirname(import.meta.dirname),
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    mangleProps: /^_[a-z]/,
    format: "iife",
    // Chrome and Edge 80, Firefox 74, Safari 13.1.
    target: "es2020",
    charset: "utf8",
    // js-cookie's notice: its licence asks that it stays with every copy.
    legalComments: "inline",
    outdir: "dist/public",
  });
  const code = outputFiles[0]!.text;
  return { code, size: sizes(code), parts: parts(metafile) };
}

export function sizes(code: string): Tracker["size"] {
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
export function assertWithinBudget({ brotli }: Tracker["size"], budgetBytes = TRACKER_BUDGET_BYTES): void {
  if (brotli > budgetBytes) {
    throw new Error(
      `tracker.js is ${brotli} bytes brotli: ${brotli - budgetBytes} over its budget of ${budgetBytes}.`,
    );
  }
}

async function main(): Promise<void> {
  const { code, size, parts } = await buildTracker();
  for (const file of TRACKER_FILES) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, code);
  }
  console.log(
    `tracker.js  ${size.raw} bytes, gzip ${size.gzip}, brotli ${size.brotli} of ${TRACKER_BUDGET_BYTES}` +
      `  (${parts.map(([file, bytes]) => `${file.replace(/^.*\//, "")} ${bytes}`).join(", ")})`,
  );
  assertWithinBudget(size);
}

if (import.meta.main) {
  await main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
