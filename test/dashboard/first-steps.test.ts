import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Collector, openCollector } from "../../scripts/collector.ts";
import { launchBrowser } from "../support/node/browser.ts";
import { ADMIN_TOKEN, accessibilityFaults, watchedPage } from "../support/node/dashboard.ts";
import { type MerchantPage, openMerchantPage } from "../support/node/merchant-page.ts";

const dataDir = mkdtempSync(join(tmpdir(), "clickferry-"));
let browser: Browser;
let collector: Collector;
let merchant: MerchantPage;

beforeAll(async () => {
  merchant = await openMerchantPage();
  collector = await openCollector({
    dataDir,
    port: 0,
    adminToken: ADMIN_TOKEN,
    clickIdSecret: "a-secret-for-tests-of-forty-characters-00",
    bindings: { ALLOW_LOOPBACK_NETWORKS: "1" },
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await collector.close();
  await merchant.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test("from an empty collector each step leads to the next, until the first click is seen live", async () => {
  const landing = `http://kettles.localhost:${merchant.port}/`;
  const url = `http://track.kettles.localhost:${new URL(collector.url).port}`;
  const context = await browser.newContext({ userAgent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0" });
  const { page, faults, hosts } = await watchedPage(context);
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const link = (name: string) => page.getByRole("link", { name, exact: true });
  await page.goto(`${url}/dashboard/`);
  await page.getByLabel("Admin token").fill(ADMIN_TOKEN);
  await page.getByLabel("Admin token").press("Enter");

  await page.getByText("There is no program yet").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await link("Make a program").click();
  await page.getByText("There is no program yet").waitFor();
  await button("New program").last().click();
  await page.getByLabel("Name").fill("Kettles");
  await page.getByLabel("Landing page").fill(landing);
  await button("Make program").click();

  const tag = page.locator(".address-line code").first();
  merchant.serve({ head: (await tag.textContent())! });
  await button("Check the page").click();
  await page.getByText("The page has the tag").waitFor();
  await page.getByText("No click can be counted yet").waitFor();
  await page.getByRole("main").getByRole("link", { name: "partner", exact: true }).click();
  await page.getByText("There are no partners yet").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await button("New partner").last().click();
  await page.getByLabel("Name").fill("Tea Blog");
  await button("Make partner").click();
  await button("Copy the key").waitFor();
  await link("To the links").click();

  await page.getByText("There are no referral links yet").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await button("New link").last().click();
  await page.getByLabel("Partner", { exact: true }).fill("Tea Blog");
  await page.getByText(/^Partner \d+ is chosen/).waitFor();
  await page.getByLabel("Code", { exact: true }).fill("TEA");
  expect(await page.getByLabel("Destination", { exact: true }).inputValue()).toBe(landing);
  await button("Make link").click();
  await link("TEA").waitFor();

  await link("Set-up").click();
  await link("Script").last().click();
  await button("Check the page").click();
  const opened = link("Open a referral link");
  expect(await opened.getAttribute("href")).toBe(`${landing}?aff=TEA`);
  const visitor = await context.newPage();
  await visitor.goto(`${landing}?aff=TEA`);
  await page.getByText("A click arrived from kettles.localhost").waitFor();
  await link("watch what comes now").click();
  await page.getByText("TEA").first().waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(faults).toEqual([]);
  expect([...hosts]).toEqual([new URL(url).host]);
});
