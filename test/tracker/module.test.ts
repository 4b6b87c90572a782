/** `import { init } from "clickferry"`: the same tracker in an app's own bundle. */
import { resolve } from "node:path";
import { build } from "esbuild";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { buildModule } from "../../scripts/build.ts";
import type {} from "../../tracker/init.ts";
import { launchBrowser } from "../support/node/browser.ts";
import { openShop, type Shop, settled, visit } from "../support/node/shop.ts";

const ROOT = resolve(import.meta.dirname, "../..");

let browser: Browser;
let context: BrowserContext;
let shop: Shop;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  shop = await openShop();
  context = await browser.newContext();
});
afterEach(async () => {
  await context.close();
  await shop.close();
});

/** An app's bundle, by the package's own name. */
async function app(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `import { init } from "clickferry";\n${code}`, resolveDir: ROOT },
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
  });
  return `<script type="module">${outputFiles[0]!.text}</script>`;
}

test("an app that imports it sends the click to its collector and gets the interface", async () => {
  const collector = `http://track.shop.localhost:${shop.port}`;
  shop.html = `<h1>Pricing</h1>${await app(
    `window.given = init({ program: 7, collector: ${JSON.stringify(collector)} });
     window.again = init({ program: 8, collector: ${JSON.stringify(collector)} });`,
  )}`;
  const { page, faults } = await visit(context, shop.url("/?aff=A"));

  expect(shop.apiRequests).toEqual(["POST /api/v1/track/click"]);
  expect(shop.clicks[0]!.body.additional_data.program_id).toBe(7);
  expect((await context.cookies()).length).toBe(3);
  const same = await page.evaluate(() => {
    const { given, again, affitor } = window as unknown as Record<string, unknown>;
    return given === affitor && again === affitor;
  });
  expect(same).toBe(true);
  expect(faults).toEqual([]);
});

/** The app's bundle with the interface as `window.given`, then "APP STARTED" in the page. */
const started = (options = "") =>
  app(
    `window.given = init({ program: 7, ${options} collector: "http://track.shop.localhost:${shop.port}" });
     document.body.append("APP STARTED");`,
  );

test("it writes the cookies as the tag does", async () => {
  const path = "/?aff=A&q=a+b&c=x:y";
  const kept = async () =>
    (await context.cookies()).map(({ name, value, domain, sameSite }) => ({ name, value, domain, sameSite }));
  await visit(context, shop.url(path));
  const byTag = await kept();
  await context.clearCookies();
  // The answers' ids count up.
  shop.clicks.length = 0;
  shop.html = `<h1>Pricing</h1>${await started()}`;
  await visit(context, shop.url(path));
  expect(await kept()).toEqual(byTag);
  expect(byTag.find(({ name }) => name === "affitor_aff_url")!.value).toBe(
    encodeURIComponent(shop.url(path)),
  );
});

test.each([
  ["has a form field where the title should be", `<form name="title"></form>`],
  [
    "has frozen the browser's history",
    `<script>delete window.NavigateEvent;
       Object.defineProperty(history, "pushState", { value: history.pushState, writable: false });</script>`,
  ],
])("an app on a page that %s starts all the same", async (_, html) => {
  shop.html = `${html}<h1>Pricing</h1>${await started()}`;
  const { page, faults } = await visit(context, shop.url("/?aff=A"));

  expect(await page.textContent("body")).toContain("APP STARTED");
  expect(
    await page.evaluate(() => (window as unknown as Record<string, unknown>).given === window.affitor),
  ).toBe(true);
  expect(faults).toEqual([]);
});

test.each(["collector: '/collector'", "affitorApiBase: '/', collector: 'https://t.shop.example'"])(
  "an address of the collector that is none is told to the developer: %s",
  async (options) => {
    shop.html = `<h1>Pricing</h1>${await app(
      `try { init({ program: 7, ${options} }) } catch (error) { document.body.append(error.name) }`,
    )}`;
    const { page } = await visit(context, shop.url("/?aff=A"));

    expect(await page.textContent("body")).toContain("TypeError");
  },
);

test("an app's bundler leaves the second file to the collector", async () => {
  const { code } = await buildModule();

  // Without, webpack looks for it among the app's own modules and finds none.
  expect(code).toMatch(/import\(\s*\/\* webpackIgnore: true \*\/\s*\/\* @vite-ignore \*\//);
});

test("beside the script tag it is one click", async () => {
  shop.html = `<h1>Pricing</h1>{tag}${await app(`init({ program: 1, collector: "http://track.shop.localhost:${shop.port}" })`)}`;
  await visit(context, shop.url("/?aff=A"));

  expect(shop.clicks.length).toBe(1);
});

test("consent, debugging and single-page moves work as with the tag", async () => {
  const collector = `http://track.shop.localhost:${shop.port}`;
  shop.html = `<h1>Pricing</h1>${await app(
    `init({ program: 7, consent: "required", debug: false, collector: ${JSON.stringify(collector)} })`,
  )}`;
  const { page } = await visit(context, shop.url("/"));
  await page.evaluate(() => history.pushState(null, "", "/?aff=A"));
  expect(shop.clicks).toEqual([]);
  await settled(page, () => page.evaluate(() => window.affitor!.consent(true)));

  expect(shop.clicks.length).toBe(1);
});
