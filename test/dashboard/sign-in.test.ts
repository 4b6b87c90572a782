import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ADMIN_TOKEN,
  type DashboardDemo,
  openDashboardDemo,
  SOMEWHERE,
  signedIn,
  watchedPage,
} from "../support/node/dashboard.ts";
import { lookOver } from "../support/node/look-over.ts";

let demo: DashboardDemo;

beforeAll(async () => {
  demo = await openDashboardDemo();
});
afterAll(() => demo.close());

test("a manager signs in with the admin token, sees the links, and signs out", async () => {
  const context = await demo.browser.newContext(SOMEWHERE);
  const { page, faults, hosts } = await watchedPage(context);
  await page.goto(`${demo.url}/dashboard/`);
  await page.getByLabel("Admin token").fill("not-the-token-of-this-one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("neither the admin token nor a partner's key").waitFor();
  expect(await lookOver(page)).toEqual([]);

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

test("who could not be signed out stays signed in, and is told so", async () => {
  const context = await signedIn(demo);
  const { page } = await watchedPage(context);
  await page.goto(`${demo.url}/dashboard/`);
  // Who is signed in has been asked for by then.
  await page.getByRole("link", { name: "TRAILBLOG" }).waitFor();
  await page.route("**/api/admin/session", (route) => route.abort());
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("The collector cannot be reached.").waitFor();
  expect(await page.getByRole("link", { name: "TRAILBLOG" }).isVisible()).toBe(true);
  await page.unroute("**/api/admin/session");
  // One whose session has ended meanwhile is signed out all the same.
  await page.route("**/api/admin/session", (route) => route.fulfill({ status: 401, json: {} }));
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await context.close();
});

test("a collector that is away when the page loads is told, and tried again", async () => {
  const context = await signedIn(demo);
  const { page } = await watchedPage(context);
  await page.route("**/api/admin/session", (route) => route.fulfill({ status: 503 }));
  await page.goto(`${demo.url}/dashboard/`);
  await page.getByText("The collector answered 503.").waitFor();
  expect(await lookOver(page)).toEqual([]);
  await page.unroute("**/api/admin/session");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("link", { name: "TRAILBLOG" }).waitFor();
  await context.close();
});

test("a partner that signs in where a manager was is not told of the manager's programs", async () => {
  await demo.api.post("/programs", { name: "Secret shop", landing_url: "https://secret.example/" });
  const { data } = await demo.api.get<{ data: { partner_id: number }[] }>("/links?q=SUMMITDEALS");
  const { api_key } = await demo.api.post<{ api_key: string }>(
    `/partners/${data[0]!.partner_id}/rotate-key`,
    {},
  );
  const context = await signedIn(demo);
  const { page } = await watchedPage(context);
  await page.goto(`${demo.url}/dashboard/live`);
  await page.getByRole("combobox", { name: "Program" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Admin token or partner key").fill(api_key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("connected", { exact: true }).waitFor();
  expect(await page.getByRole("combobox", { name: "Program" }).count()).toBe(0);
  await context.close();
});

test("each view has its title", async () => {
  const context = await signedIn(demo);
  const { page } = await watchedPage(context);
  await page.goto(`${demo.url}/dashboard/live`);
  await page.waitForFunction(() => document.title === "Live – Clickferry");
  await page.getByRole("link", { name: "Set-up" }).click();
  await page.waitForFunction(() => document.title === "Set-up – Clickferry");
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

test("a partner signs in with its own key, and sees its own links and nothing to change them with", async () => {
  const { data } = await demo.api.get<{ data: { code: string; partner_id: number }[] }>(
    "/links?q=GEARWEEKLY",
  );
  const { api_key } = await demo.api.post<{ api_key: string }>(
    `/partners/${data[0]!.partner_id}/rotate-key`,
    {},
  );
  const context = await demo.browser.newContext({ locale: "en-GB" });
  const { page, faults } = await watchedPage(context);
  await page.goto(`${demo.url}/dashboard/`);
  await page.getByLabel("Admin token or partner key").fill(api_key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "GEARWEEKLY" }).waitFor();
  expect(await page.getByRole("link", { name: "TRAILBLOG" }).count()).toBe(0);
  expect(await page.getByText("Gear Weekly").first().isVisible()).toBe(true);
  expect(await page.getByRole("navigation", { name: "Views" }).getByRole("link").allInnerTexts()).toEqual([
    "Links",
    "Live",
  ]);
  expect(await page.getByRole("button", { name: /New link|Import|Edit|Switch/ }).count()).toBe(0);
  expect(await page.getByRole("switch", { name: /GEARWEEKLY/ }).count()).toBe(0);
  for (const path of ["/deliveries", "/setup", `/clicks/${"0".repeat(32)}`]) {
    await page.goto(`${demo.url}/dashboard${path}`);
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  }
  expect(await lookOver(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});

/**
 * Opens the page of a link without clicks, which follows them: opened after the session's end, its socket would be
 * refused aloud. @returns its address.
 */
async function openLink(page: Page, query = ""): Promise<string> {
  const followed = page.waitForEvent("websocket").then((socket) => socket.waitForEvent("framereceived"));
  const link = `${demo.url}/dashboard/links/${demo.demo.links[0]!.id}${query}`;
  await page.goto(link);
  await followed;
  return link;
}

test("a session that ends while it is used leads to the sign-in, and from there back to what was looked at", async () => {
  const context = await signedIn(demo);
  const { page, faults } = await watchedPage(context);
  const link = await openLink(page, "?range=7d&tz=UTC");
  await page.getByRole("heading", { name: /TRAILBLOG/ }).waitFor();
  await context.clearCookies();
  await page.getByRole("combobox", { name: "Period" }).selectOption("30d");
  await page.getByText("Your session has ended. Sign in to go on where you were.").waitFor();
  expect(await lookOver(page)).toEqual([]);
  await page.getByLabel("Admin token").fill(ADMIN_TOKEN);
  await page.getByLabel("Admin token").press("Enter");
  await page.getByRole("heading", { name: /TRAILBLOG/ }).waitFor();
  expect(page.url()).toContain(new URL(link).pathname);
  expect(await page.getByRole("combobox", { name: "Period" }).inputValue()).toBe("30d");
  expect(faults).toEqual([]);
  await context.close();
});

test("an export after the session has ended leads to the sign-in, and saves no file", async () => {
  const context = await signedIn(demo);
  const { page, faults } = await watchedPage(context);
  const saved: string[] = [];
  page.on("download", (file) => saved.push(file.suggestedFilename()));
  await openLink(page);
  const exports = page.getByRole("link", { name: "Export" });
  const file = page.waitForEvent("download");
  await exports.click();
  await file;
  await context.clearCookies();
  await exports.click();
  await page.getByText("Your session has ended. Sign in to go on where you were.").waitFor();
  expect(saved).toEqual(["clickferry-clicks.csv"]);
  expect(faults).toEqual([]);
  await context.close();
});

test("signing out signs out the browser's other tabs, and ends what they follow", async () => {
  const context = await signedIn(demo);
  const { page: live, faults } = await watchedPage(context);
  const stream = live.waitForEvent("websocket");
  await live.goto(`${demo.url}/dashboard/live`);
  await live.getByText("connected", { exact: true }).waitFor();
  const ended = (await stream).waitForEvent("close");
  const { page } = await watchedPage(context);
  await page.goto(`${demo.url}/dashboard/`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await live.getByText("Your session has ended. Sign in to go on where you were.").waitFor();
  await ended;
  // Whoever has signed out knows.
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await page.getByText("Your session has ended").count()).toBe(0);
  expect(faults).toEqual([]);
  await context.close();
});

// The last one: this machine's address may sign in no more.
test("after ten wrong tokens the sign-in says how long to wait, to the right one too", async () => {
  const context = await demo.browser.newContext({ locale: "en-GB" });
  const { page, faults } = await watchedPage(context);
  await page.goto(`${demo.url}/dashboard/`);
  await page.getByLabel("Admin token").press("Enter");
  await page.getByText("Enter the admin token, or your partner key.").waitFor();
  // One was wrong in an earlier test.
  for (let tries = 0; tries < 9; tries++) {
    const answered = page.waitForResponse("**/api/admin/session");
    await page.getByLabel("Admin token").fill(`wrong-${tries}`);
    await page.getByLabel("Admin token").press("Enter");
    expect((await answered).status()).toBe(401);
    await page.getByText("neither the admin token nor a partner's key").waitFor();
  }
  await page.getByLabel("Admin token").fill(ADMIN_TOKEN);
  await page.getByLabel("Admin token").press("Enter");
  await page.getByText(/^Too many tries\. Wait 1[45] min, then try again\.$/).waitFor();
  expect(await lookOver(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});
