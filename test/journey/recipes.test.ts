/** The recipes in docs/, run as they are written. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
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
  const [tag, consent, handOn] = blocks("google-tag-manager");
  const required = tag!.replace(
    "document.head",
    'script.setAttribute("data-consent", "required");\n    document.head',
  );
  shop.html = `<h1>Pricing</h1>${handOn}${required}`;
  const { page, faults } = await visit(context, shop.url("/?aff=A"));
  expect(shop.clicks).toEqual([]);

  // As Tag Manager inserts a Custom HTML tag.
  await settled(page, () =>
    page.evaluate(
      (html) => document.body.append(document.createRange().createContextualFragment(html)),
      consent!,
    ),
  );
  expect(shop.clicks.map(({ body }) => body.additional_data.program_id)).toEqual([1]);
  expect(await page.evaluate(() => (window as unknown as { dataLayer: unknown[] }).dataLayer)).toEqual([
    {
      event: "affiliate_click",
      click_id: (success(1).body as { click_id: string }).click_id,
      partner_code: "PARTNER123",
    },
  ]);
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

test("Shopify: the cart carries the click id", async () => {
  const [theme] = blocks("shopify");
  shop.html = `<h1>Pricing</h1>${theme}`;
  const carts: unknown[] = [];
  await context.route("**/cart/update.js", (route) => {
    carts.push(route.request().postDataJSON());
    return route.fulfill({ json: {} });
  });
  const { faults } = await visit(context, shop.url("/?aff=A"));

  expect(carts).toEqual([
    { attributes: { affitor_click_id: (success(1).body as { click_id: string }).click_id } },
  ]);
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

  await collector.close();
  rmSync(dataDir, { recursive: true, force: true });
});
