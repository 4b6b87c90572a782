import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  accessibilityFaults,
  type DashboardDemo,
  openDashboardDemo,
  signedIn,
  type Watched,
  watchedPage,
} from "../support/node/dashboard.ts";
import { type MerchantPage, openMerchantPage } from "../support/node/merchant-page.ts";

/** A person's; the headless browser calls itself one, which is a bot. */
const userAgent =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";

let demo: DashboardDemo;
let merchant: MerchantPage;
let visitor: BrowserContext;
let watched: Watched;
let page: Page;
let program: number;
/** The program's tag and the pinned one, as the dashboard shows them. */
let tag: string;
let pinned: string;
let landing: string;

beforeAll(async () => {
  [demo, merchant] = await Promise.all([openDashboardDemo(), openMerchantPage()]);
  landing = `http://kettles.localhost:${merchant.port}/`;
  ({ id: program } = await demo.api.post<{ id: number }>("/programs", {
    name: "Kettles",
    landing_url: landing,
  }));
  const { id: partner_id } = await demo.api.post<{ id: number }>("/partners", { name: "Tea Blog" });
  await demo.api.post("/links", { program_id: program, partner_id, code: "TEA", destination_url: landing });
  visitor = await demo.browser.newContext({ userAgent });
  watched = await watchedPage(await signedIn(demo));
  page = watched.page;
  await page.goto(`${demo.url}/dashboard/setup/install?program=${program}`);
  const tags = page.locator(".address-line code");
  tag = (await tags.first().textContent())!;
  await page.getByText("The same, pinned").click();
  pinned = (await tags.nth(1).textContent())!;
});
afterAll(async () => {
  expect(watched.faults).toEqual([]);
  expect([...watched.hosts]).toEqual([new URL(demo.url).host]);
  await merchant.close();
  await demo.close();
});

const step = (name: string) =>
  page.getByRole("listitem").filter({ has: page.getByRole("heading", { name, exact: true }) });
const inOrder = (name: string) => step(name).getByText("in order").waitFor();

/** Begins to wait anew, with the page as it is served now. */
async function check(served: Parameters<MerchantPage["serve"]>[0]): Promise<void> {
  merchant.serve(served);
  await page.getByRole("button", { name: /Check the page|Begin again/ }).click();
  await step("The cookie").waitFor();
}

/** Opens an address as a visitor does. @returns the page, once it and its script are loaded. */
async function visit(address: string, context = visitor): Promise<Page> {
  const opened = await context.newPage();
  await opened.goto(address, { waitUntil: "load" });
  return opened;
}

const runs = (opened: Page) => opened.evaluate(() => "affitor" in globalThis);

test("the pinned tag loads on the merchant's page, and an altered one does not", async () => {
  expect(pinned).toMatch(
    /^<script async src="http:\/\/track\.shop\.localhost:\d+\/tracker\.[0-9a-f]{8}\.js" integrity="sha384-/,
  );
  expect(pinned).toContain(`data-program="${program}"`);
  merchant.serve({ head: pinned });
  const opened = await visit(landing);
  expect(await runs(opened)).toBe(true);
  merchant.serve({ head: pinned.replace("sha384-", "sha384-AAAA") });
  await opened.reload();
  expect(await runs(opened)).toBe(false);
  await opened.close();
});

interface Fault {
  of: string;
  served: (tag: string) => Parameters<MerchantPage["serve"]>[0];
  step: string;
  state: string;
  words: string;
}
const CSP = "The page's policy (CSP)";
const FAULTS: Fault[] = [
  {
    of: "a page without the tag",
    served: () => ({}),
    step: "The script tag",
    state: "waiting",
    words: "The page's HTML has no tag of the tracker",
  },
  {
    of: "a page that is not there",
    served: () => ({ status: 404 }),
    step: "The page",
    state: "to mend",
    words: "answered 404",
  },
  {
    of: "a tag of another host",
    served: (tag) => ({ head: tag.replace("track.shop.localhost", "elsewhere.example") }),
    step: "The script tag",
    state: "to mend",
    words: "The tag points to another host: elsewhere.example",
  },
  {
    of: "a tag of another program",
    served: (tag) => ({ head: tag.replace(/data-program="\d+"/, 'data-program="99"') }),
    step: "The script tag",
    state: "to mend",
    words: 'data-program is "99"',
  },
];

test.each(FAULTS)("of $of it says what is wrong", async ({ served, step: name, state, words }) => {
  await check(served(tag));
  await step(name).getByText(state, { exact: true }).waitFor();
  await step(name).getByText(words).waitFor();
});

test.each([
  ["the script", "script-src 'self' 'unsafe-inline'", "does not let it load"],
  ["the call", "connect-src 'self'", "does not let it send clicks to"],
])("of a policy that forbids %s it says so, and its advice mends it", async (_, policy, words) => {
  await check({ head: tag, policy });
  await step(CSP).getByText("to mend", { exact: true }).waitFor();
  await step(CSP).getByText(words).waitFor();
  await step(CSP)
    .getByText(`Add ${demo.url} to ${policy.split(" ")[0]}.`)
    .waitFor();
  await check({ head: tag, policy: `${policy} ${demo.url}` });
  await inOrder(CSP);
});

test("a visitor whose browser blocks the script leaves it waiting, with the advice", async () => {
  await check({ head: tag });
  await inOrder("The script tag");
  const blocking = await demo.browser.newContext({ userAgent });
  await blocking.route("**/tracker.js", (route) => route.abort("blockedbyclient"));
  await visit(`${landing}?aff=TEA`, blocking);
  await blocking.close();
  await page.waitForResponse(/setup-check/);
  await step("The first click").getByText("waiting", { exact: true }).waitFor();
  await step("The first click").getByText("in a browser without an ad blocker").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
});

test("a test click turns the step to in order while one watches", async () => {
  await check({ head: tag });
  await step("The first click").getByText("waiting", { exact: true }).waitFor();
  // In the page's own zone, as every time on it.
  await step("The first click")
    .getByText(/^No click since \d+ \w+ \d{4}, \d\d:\d\d:\d\d$/)
    .waitFor();
  const address = await page
    .getByRole("link", { name: "Open the page with a test click" })
    .getAttribute("href");
  const opened = await visit(address!);
  await inOrder("The first click");
  await step("The first click").getByText("A test click arrived from kettles.localhost").waitFor();
  await step("The cookie").getByText("A test click sets no cookie").waitFor();
  await opened.close();
});

test("a real click does, then a second one without the cookie, then one with it", async () => {
  await check({ head: tag });
  const address = (await page.getByRole("link", { name: "Open a referral link" }).getAttribute("href"))!;
  expect(address).toBe(`${landing}?aff=TEA`);
  await visit(address);
  await inOrder("The first click");
  await step("The first click").getByText("A click arrived from kettles.localhost").waitFor();
  await step("The cookie").getByText("waiting", { exact: true }).waitFor();

  // As with a consent tool that takes everything away.
  const forgetful = await demo.browser.newContext({ userAgent });
  await visit(address, forgetful);
  await forgetful.close();
  await step("The cookie").getByText("the second time without the cookie").waitFor();
  await step("The cookie").getByText("to mend", { exact: true }).waitFor();

  await visit(address);
  await inOrder("The cookie");
  for (const name of ["The page", "The script tag", "The page's policy (CSP)", "The first click"])
    await inOrder(name);
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole("link", { name: "look at it" }).click();
  await page.waitForURL(/\/clicks\/[^/]+$/);
  await page.goBack();
});

test("a click from a host that is not the program's is told, with the host", async () => {
  await check({ head: tag });
  const opened = await visit(
    `http://copycat.localhost:${merchant.port}/?aff=TEA`,
    await demo.browser.newContext({ userAgent }),
  );
  await step("The first click").getByText("which is none of the program's domains").waitFor();
  await step("The first click").getByText("add copycat.localhost to the program's domains").waitFor();
  await opened.context().close();
});

test("nobody's page is asked for without end, nor while nobody looks", async () => {
  const opened = await page.context().newPage();
  await opened.clock.install();
  let asked = 0;
  opened.on("request", (request) => {
    if (request.url().includes("setup-check")) asked++;
  });
  merchant.serve({});
  await opened.goto(`${demo.url}/dashboard/setup/install?program=${program}`);
  await opened.getByRole("button", { name: "Check the page" }).click();
  await opened.getByRole("heading", { name: "The cookie" }).waitFor();
  const look = (hidden: boolean) =>
    opened.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, hidden);
  await look(true);
  await opened.clock.runFor(60_000);
  expect(asked).toBe(1);
  const again = opened.waitForResponse(/setup-check/);
  await look(false);
  await (await again).finished();
  await opened.clock.runFor(1_000);
  expect(asked).toBe(2);
  await opened.clock.fastForward(900_000);
  await opened.getByText("It was looked at for ten minutes. Begin again when the page is ready.").waitFor();
  expect(asked).toBe(2);
  await opened.close();
});

test("the demo shop's own page is in order", async () => {
  await page.goto(`${demo.url}/dashboard/setup/install?program=${demo.demo.programId}`);
  await page.getByRole("button", { name: "Check the page" }).click();
  for (const name of ["The page", "The script tag", "The page's policy (CSP)"]) await inOrder(name);
  const opened = await visit(demo.demo.links[0]!.url, await demo.browser.newContext({ userAgent }));
  await inOrder("The first click");
  await opened.context().close();
});
