/** The real browser of the tests: Chromium out of an npm package, so that a clean clone needs nothing else. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--host-resolver-rules=MAP * 127.0.0.1",
];
const NODE_MODULES = fileURLToPath(new URL("../../../node_modules", import.meta.url));

/**
 * Starts Chromium, headless; the caller closes it. The first start on a machine unpacks it, which takes seconds.
 *
 * Every host name resolves to loopback: `http://www.shop.co.uk:PORT` reaches a test's own server, and nothing
 * reaches the network. The package's own arguments are not used: --disable-web-security and --single-process would
 * hide CORS and cookie faults.
 */
export async function launchBrowser(): Promise<Browser> {
  const folder = await unpackedChromium();
  return await chromium.launch({
    executablePath: join(folder, "chromium"),
    args: ARGUMENTS,
    // Of this process's environment nothing is changed: a workerd started beside the browser must not load its libraries.
    env: {
      ...process.env,
      FONTCONFIG_PATH: join(folder, "fonts"),
      LD_LIBRARY_PATH: [join(folder, "al2023", "lib"), process.env.LD_LIBRARY_PATH].filter(Boolean).join(":"),
    },
  });
}

/** The machine's own Chromium: the package's is a headless shell, which neither prerenders nor caches for back and forward. */
export const installedChromium: string | undefined = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => existsSync(path));

/** Starts {@link installedChromium} with what Playwright turns off and visitors have. */
export async function launchInstalledChromium(): Promise<Browser> {
  return await chromium.launch({
    executablePath: installedChromium!,
    args: ARGUMENTS,
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
}

/**
 * Opens an address in {@link installedChromium} with nobody looking: a debugger keeps a page from being prerendered.
 *
 * @returns ends the browser.
 */
export async function openUnwatched(url: string): Promise<() => Promise<void>> {
  const profile = await mkdtemp(join(tmpdir(), "clickferry-chromium-"));
  const child = spawn(installedChromium!, ["--headless", `--user-data-dir=${profile}`, ...ARGUMENTS, url], {
    stdio: "ignore",
  });
  return async () => {
    if (child.exitCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
}

/**
 * The folder with the binary, its NSS libraries and fonts. The package unpacks in place into the temporary folder,
 * where a second process would start a half-written binary; here it unpacks aside and the whole is renamed.
 */
async function unpackedChromium(): Promise<string> {
  const { version } = JSON.parse(
    readFileSync(join(NODE_MODULES, "@sparticuz/chromium/package.json"), "utf8"),
  );
  const folder = join(NODE_MODULES, ".cache", `chromium-${version}`);
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const aside = await mkdtemp(`${folder}-`);
  await withEnvironment({ TMPDIR: aside, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x" }, async () => {
    const { default: packed } = await import("@sparticuz/chromium");
    await packed.executablePath();
  });
  // It names the folder that the package would have used; without fonts a page renders, but empty.
  const fonts = join(aside, "fonts", "fonts.conf");
  await writeFile(fonts, (await readFile(fonts, "utf8")).replaceAll("/tmp/fonts", join(folder, "fonts")));
  await rename(aside, folder).catch(async (error: NodeJS.ErrnoException) => {
    await rm(aside, { recursive: true });
    // Another process was faster; what it unpacked is the same.
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
  return folder;
}

/** The package takes its settings from the environment alone, and adds to it; afterwards it is as before. */
async function withEnvironment(settings: Record<string, string>, run: () => Promise<void>): Promise<void> {
  const before = { ...process.env };
  Object.assign(process.env, settings);
  try {
    await run();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
