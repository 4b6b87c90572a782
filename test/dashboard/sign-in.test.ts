import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ADMIN_TOKEN,
  accessibilityFaults,
  type DashboardDemo,
  openDashboardDemo,
  watchedPage,
} from "../support/node/dashboard.ts";

let demo: DashboardDemo;

beforeAll(async () => {
  demo = await openDashboardDemo();
});
afterAll(() => demo.close());

test("a manager signs in with the admin token, sees the links, and signs out", async () => {
  const context = await demo.browser.newContext();
  const { page, faults, hosts } = await watchedPage(context);
  await page.goto(`${demo.url}/dashboard/`);
  await page.getByLabel("Admin token").fill("not-the-token-of-this-one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("neither the admin token nor a partner's key").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);

  await page.getByLabel("Admin token").fill(ADMIN_TOKEN);
  await page.getByLabel("Admin token").press("Enter");
  await page.getByRole("link", { name: "TRAILBLOG" }).waitFor();
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/api/admin" });

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await context.cookies()).toEqual([]);
  expect(faults).toEqual([]);
  expect([...hosts]).toEqual([new URL(demo.url).host]);
  await context.close();
});

test("the page allows itself nothing but its own files and its own API, and nobody may frame it", async () => {
  const answer = await fetch(`${demo.collector.url}/dashboard/links/7`);
  expect(answer.status).toBe(200);
  const policy = answer.headers.get("Content-Security-Policy")!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe-|\*|https?:/);
  const script = /src="(\/dashboard\/app[^"]+)"/.exec(await answer.text())![1]!;
  const file = await fetch(demo.collector.url + script);
  expect(file.headers.get("Cache-Control")).toContain("immutable");
});
