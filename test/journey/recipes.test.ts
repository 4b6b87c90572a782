/** The recipes in docs/, run as they are written. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { adminApi } from "../../scripts/admin-api.ts";
import { type Collector, openCollector } from "../../scripts/collector.ts";
import { launchBrowser } from "../support/node/browser.ts";
import { openShop, type Shop, settled, success, visit } from "../support/node/shop.ts";

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

/** The code blocks of a recipe, with the test's collector for the reader's. */
function blocks(recipe: string): string[] {
  const text = readFileSync(`docs/recipes/${recipe}.md`, "utf8");
  return [...text.matchAll(/```\w+\n([\s\S]*?)```/g)].map(([, code]) =>
    code!.replaceAll("https://t.shop.example", `http://track.shop.localhost:${shop.port}`),
  );
}

test("Google Tag Manager: the inserted script sends the click, waits for consent and hands the click on", async () => {
  const [tag, consent, withdrawal, handOn] = blocks("google-tag-manager");
  const required = tag!.replace(
    "document.head",
    'script.setAttribute("data-consent", "required");\n    document.head',
  );
  shop.html = `<h1>Pricing</h1>${handOn}${required}`;
  const { page, faults } = await visit(context, shop.url("/?aff=A"));
  expect(shop.clicks).toEqual([]);

  // As Tag Manager inserts a Custom HTML tag.
  const insert = (html: string) =>
    settled(page, () =>
      page.evaluate(
        (html) => document.body.append(document.createRange().createContextualFragment(html)),
        html,
      ),
    );
  await insert(consent!);
  expect(shop.clicks.map(({ body }) => body.additional_data.program_id)).toEqual([1]);
  expect(await page.evaluate(() => (window as unknown as { dataLayer: unknown[] }).dataLayer)).toEqual([
    {
      event: "affiliate_click",
      click_id: (success(1).body as { click_id: string }).click_id,
      partner_code: "PARTNER123",
    },
  ]);
  expect((await context.cookies()).length).toBe(3);
  await insert(withdrawal!);
  expect(await context.cookies()).toEqual([]);
  expect(faults).toEqual([]);
});

test("Next.js: the client component sends the click while its module loads, once, and renders nothing", async () => {
  const [component] = blocks("nextjs").filter((code) => code.startsWith("// app/clickferry.tsx"));
  const { outputFiles } = await build({
    stdin: { contents: `${component}\nwindow.rendered = Clickferry();`, loader: "tsx", resolveDir: "." },
    bundle: true,
    write: false,
    format: "esm",
  });
  shop.html = `<script type="module">${outputFiles[0]!.text}</script><h1>Pricing</h1>`;
  const { page, faults } = await visit(context, shop.url("/?aff=A"));

  expect(shop.clicks.map(({ body }) => body.additional_data.program_id)).toEqual([1]);
  expect(await page.evaluate(() => (window as unknown as { rendered: unknown }).rendered)).toBeNull();
  expect(faults).toEqual([]);
});

test("Next.js: its components compile under strict", () => {
  const components = blocks("nextjs").filter((code) => code.startsWith("// app/"));
  const dir = mkdtempSync(join(tmpdir(), "clickferry-"));
  const files = components.map((code) => {
    const file = join(dir, /^\/\/ app\/(\S+)/.exec(code)![1]!);
    writeFileSync(file, code);
    return file;
  });
  // What the recipe uses of React, which is not installed here.
  const types = join(dir, "react.d.ts");
  writeFileSync(
    types,
    `declare module "react" { export type ReactNode = object | string | number | boolean | null | undefined }
     declare module "react/jsx-runtime" {
       export namespace JSX {
         type Element = object;
         interface ElementChildrenAttribute { children: unknown }
         interface IntrinsicElements { html: { lang?: string; children?: unknown }; body: { children?: unknown } }
       }
     }`,
  );
  writeFileSync(
    join(dir, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        jsx: "react-jsx",
        module: "esnext",
        moduleResolution: "bundler",
        types: [],
        paths: { clickferry: [resolve("dist/module/index.d.ts")] },
      },
      files: [...files, types],
    }),
  );
  const { stdout } = spawnSync("npx", ["tsc", "-p", dir], { encoding: "utf8" });
  rmSync(dir, { recursive: true, force: true });

  expect(files.length).toBe(2);
  expect(stdout).toBe("");
});

test("Shopify: the cart carries the click id, and so does the next one after an order", async () => {
  const [theme] = blocks("shopify");
  shop.html = `<h1>Pricing</h1>${theme}`;
  const clickId = (success(1).body as { click_id: string }).click_id;
  let attributes = {};
  let updates = 0;
  await context.route("**/cart.js", (route) => route.fulfill({ json: { attributes } }));
  await context.route("**/cart/update.js", (route) => {
    ({ attributes } = route.request().postDataJSON());
    updates++;
    return route.fulfill({ json: {} });
  });
  const kept = context.waitForEvent("requestfinished", (request) => request.url().endsWith("/update.js"));
  const { page, faults } = await visit(context, shop.url("/?aff=A"));
  await kept;
  expect(attributes).toEqual({ affitor_click_id: clickId });

  const updated = updates;
  await settled(page, async () => {
    const lookedUp = page.waitForResponse("**/cart.js");
    await page.goto(shop.url("/"));
    await (await lookedUp).finished();
  });
  expect(updates).toBe(updated);

  // An order has been paid.
  attributes = {};
  const next = page.waitForResponse("**/cart/update.js");
  await page.goto(shop.url("/"));
  await next;
  expect(attributes).toEqual({ affitor_click_id: clickId });
  expect(faults).toEqual([]);
});

test("a server: its landing is a click of the visitor, once for each request id", async () => {
  const [code] = blocks("server-side");
  const { trackLanding } = await import(`data:text/javascript,${encodeURIComponent(code!)}`);
  const dataDir = mkdtempSync(join(tmpdir(), "clickferry-"));
  const adminToken = "admin-token-for-tests";
  const collector: Collector = await openCollector({
    dataDir,
    port: 0,
    adminToken,
    clickIdSecret: "a-secret-for-tests-of-forty-characters-00",
  });
  const api = adminApi(collector.url, adminToken);
  const landing_url = "https://shop.example/";
  const program = await api.post<{ id: number }>("/programs", {
    name: "Shop",
    domains: ["shop.example"],
    landing_url,
  });
  const partner = await api.post<{ id: number }>("/partners", { name: "Trail Blog" });
  await api.post("/links", {
    program_id: program.id,
    partner_id: partner.id,
    code: "TRAILBLOG",
    destination_url: landing_url,
  });

  const landing = { url: "https://shop.example/?aff=TRAILBLOG", userAgent: "Mozilla/5.0", requestId: "r-1" };
  const kept = await trackLanding(collector.url, landing);
  expect(kept).toEqual({ clickId: expect.stringMatching(/^cust_/), days: 60 });
  expect(await trackLanding(collector.url, landing)).toEqual(kept);
  expect(await trackLanding(collector.url, { ...landing, url: "https://shop.example/" })).toBeUndefined();

  // Keys that are not there are no key: two landings are two clicks.
  const { requestId: _, ...keyless } = landing;
  const first = await trackLanding(collector.url, keyless);
  const second = await trackLanding(collector.url, keyless);
  expect(first.clickId).not.toBe(second.clickId);

  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  expect(
    await trackLanding(collector.url, {
      ...landing,
      url: "https://shop.example/?aff=NOBODY",
      requestId: "r-2",
    }),
  ).toBeUndefined();
  expect(errors).toHaveBeenCalledWith("Clickferry:", "Referral link not found");
  await collector.close();
  expect(await trackLanding(collector.url, { ...landing, requestId: "r-3" })).toBeUndefined();
  expect(errors).toHaveBeenCalledTimes(2);
  errors.mockRestore();
  rmSync(dataDir, { recursive: true, force: true });
});
