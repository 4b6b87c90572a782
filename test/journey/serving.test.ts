/** What the collector serves to browsers: the tracker's file (caches, hashes, integrity, aliases), the documentation. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildTracker, pinnedTag } from "../../scripts/build.ts";
import { type Collector, openCollector } from "../../scripts/collector.ts";
import { launchBrowser } from "../support/node/browser.ts";
import { openShop } from "../support/node/shop.ts";

interface Built {
  file: string;
  integrity: string;
  tag: string;
}

const built: Built = JSON.parse(readFileSync("dist/tracker.json", "utf8"));
let dataDir: string;
let collector: Collector;
let browser: Browser;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "clickferry-"));
  collector = await openCollector({
    dataDir,
    port: 0,
    adminToken: "admin-token-for-tests",
    clickIdSecret: "a-secret-for-tests-of-forty-characters-00",
    bindings: { TRACKER_ALIASES: "/assets/x.js, /lib/y.js" },
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await collector.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const get = (path: string, headers = {}) => fetch(`${collector.url}${path}`, { headers });

test.each(["/tracker.js", "/js/affitor-tracker.js", "/tracker-more.js", "/assets/x.js", "/lib/y.js"])(
  "%s is cached for a short time and then asked for by its ETag",
  async (path) => {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^(text|application)\/javascript/);
    expect(response.headers.get("cache-control")).toBe("public, max-age=3600, stale-while-revalidate=86400");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(await response.text()).not.toBe("");

    const again = await get(path, { "If-None-Match": response.headers.get("etag")! });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe("");
  },
);

test("the file with the hash never changes, and is the same script", async () => {
  const response = await get(`/${built.file}`);

  expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  const code = await response.text();
  expect(code).toBe(await (await get("/tracker.js")).text());
  expect(built.integrity).toBe(`sha384-${createHash("sha384").update(code).digest("base64")}`);
  expect(built.tag).toBe(pinnedTag(await buildTracker()));
});

test("a path that is no alias is not found, and an alias is only read", async () => {
  expect((await get("/assets/z.js")).status).toBe(404);
  expect((await fetch(`${collector.url}/assets/x.js`, { method: "POST" })).status).toBe(404);
  const head = await fetch(`${collector.url}/assets/x.js`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

test("the headers' own file is not served", async () => {
  expect((await get("/_headers")).status).toBe(404);
});

test.each([
  ["with the hash that the build wrote", (tag: string) => tag, true],
  ["under an alias", (tag: string) => tag.replace(built.file, "assets/x.js"), true],
  ["but not with another hash", (tag: string) => tag.replace("sha384-", "sha384-A"), false],
])("a browser takes the README's tag %s", async (_, change, taken) => {
  const shop = await openShop();
  const context = await browser.newContext();
  const { port } = new URL(collector.url);
  shop.tag = change(built.tag.replace("https://t.shop.example", `http://track.shop.localhost:${port}`));
  const page = await context.newPage();
  await page.goto(shop.url("/"));

  expect(await page.evaluate(() => "affitor" in window)).toBe(taken);
  await context.close();
  await shop.close();
});

test("a program's snippet is the tag of this build, for the host that is asked", async () => {
  const headers = { Authorization: "Bearer admin-token-for-tests" };
  const body = JSON.stringify({ id: 1, name: "Shop", landing_url: "https://shop.example/" });
  const programs = `${collector.url}/api/admin/programs`;
  expect((await fetch(programs, { method: "POST", headers, body })).status).toBe(201);
  const snippet = await (await fetch(`${programs}/1/snippet`, { headers })).json();

  expect(snippet).toEqual({
    tag: `<script async src="${collector.url}/tracker.js" data-program="1"></script>`,
    pinned_tag: built.tag.replace("https://t.shop.example", collector.url),
    collector: collector.url,
  });
});

// The id stood on the <details> itself, which a browser does not open for it; display: flex took the triangle away.
test("in the documentation a link to a schema or an endpoint opens it, and rows show that they open", async () => {
  const page = await browser.newPage();
  const row = (name: string) => page.locator("details", { has: page.locator("summary", { hasText: name }) });
  await page.goto(`${collector.url}/docs#postV1AffiliatesReportingClicksStream`);
  const endpoint = row("/v1/affiliates/reporting/clicks/stream");
  const marker = await endpoint.locator("summary").evaluate((summary) => {
    const { display, listStyleType } = getComputedStyle(summary);
    return { display, listStyleType };
  });
  expect(marker).toEqual({ display: "list-item", listStyleType: "disclosure-open" });
  const schema = row("ClicksRequest").locator("pre");
  expect(await schema.isVisible()).toBe(false);

  await endpoint.getByRole("link", { name: "ClicksRequest" }).click({ timeout: 5_000 });
  await schema.waitFor({ timeout: 5_000 });
  const { y } = (await row("ClicksRequest").locator("summary").boundingBox())!;
  expect(y).toBeGreaterThanOrEqual(0);
  expect(y).toBeLessThan(200);
  await page.close();
});

test("the README shows the tag of this build", () => {
  expect(readFileSync("README.md", "utf8")).toContain(built.tag);
});
