/** The dashboard in the real browser, on a demo of its own: shop, collector and the sandboxes that play its networks. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type AdminApi, adminApi } from "../../../scripts/admin-api.ts";
import { type Collector, openCollector } from "../../../scripts/collector.ts";
import { openSandboxes, type Sandboxes } from "../../../scripts/sandbox/sandboxes.ts";
import { type Demo, seedDemo } from "../../../scripts/seed-demo.ts";
import { openShop, type Shop } from "../../../scripts/shop.ts";
import { launchBrowser } from "./browser.ts";

export const ADMIN_TOKEN = "admin-token-for-tests";
/** What axe has to find nothing against: https://github.com/dequelabs/axe-core/blob/develop/doc/API.md#axe-core-tags */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface DashboardDemo {
  browser: Browser;
  collector: Collector;
  sandboxes: Sandboxes;
  shop: Shop;
  demo: Demo;
  api: AdminApi;
  /** Of the collector as the shop's pages and the dashboard know it: "http://track.shop.localhost:PORT". */
  url: string;
  close(): Promise<void>;
}

export async function openDashboardDemo(): Promise<DashboardDemo> {
  const dataDir = mkdtempSync(join(tmpdir(), "clickferry-"));
  const sandboxes = await openSandboxes();
  const collector = await openCollector({
    dataDir,
    port: 0,
    adminToken: ADMIN_TOKEN,
    clickIdSecret: "a-secret-for-tests-of-forty-characters-00",
    bindings: { ...sandboxes.secrets, ALLOW_LOOPBACK_NETWORKS: "1" },
  });
  const url = `http://track.shop.localhost:${new URL(collector.url).port}`;
  const api = adminApi(collector.url, ADMIN_TOKEN);
  const { programId } = await seedDemo(api, "http://shop.localhost:1", sandboxes);
  const shop = await openShop({ port: 0, collectorUrl: url, programId });
  const demo = await seedDemo(api, `http://shop.localhost:${shop.port}`, sandboxes);
  const browser = await launchBrowser();
  return {
    browser,
    collector,
    sandboxes,
    shop,
    demo,
    api,
    url,
    async close() {
      await browser.close();
      await shop.close();
      await collector.close();
      await sandboxes.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export interface Watched {
  page: Page;
  /** Console errors, uncaught errors and violations of the page's policy, in words. To be empty. */
  faults: string[];
  /** Hosts that the page asked for anything. */
  hosts: Set<string>;
}

/** A page that tells of everything that goes wrong in it, and whom it talks to. */
export async function watchedPage(context: BrowserContext): Promise<Watched> {
  const page = await context.newPage();
  const faults: string[] = [];
  const hosts = new Set<string>();
  page.on("console", (message) => {
    // What the API refuses, the browser reports as well; a test that provokes it knows.
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  return { page, faults, hosts };
}

/** A browser context that holds a manager's session, or a partner's with its key. */
export async function signedIn(
  { browser, url }: DashboardDemo,
  options: Parameters<Browser["newContext"]>[0] = {},
  token = ADMIN_TOKEN,
): Promise<BrowserContext> {
  const context = await browser.newContext({ timezoneId: "Europe/Berlin", locale: "en-GB", ...options });
  // From a page: of the browser's names for this machine, Node knows none.
  const page = await context.newPage();
  await page.goto(`${url}/dashboard/icon.svg`);
  const status = await page.evaluate(
    async (token) =>
      (
        await fetch("/api/admin/session", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ token }),
        })
      ).status,
    token,
  );
  if (status !== 200) throw new Error(`Sign-in answered ${status}`);
  await page.close();
  return context;
}

/** @returns what axe finds wrong with the page, a line each. To be empty. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Through the debugger, which the page's policy does not bind.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    (rules) =>
      (globalThis as unknown as { axe: { run(o: object): Promise<{ violations: Violation[] }> } }).axe.run({
        runOnly: rules,
      }),
    RULES,
  );
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
}

interface Violation {
  id: string;
  help: string;
  nodes: { html: string }[];
}
