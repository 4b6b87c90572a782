/** Apps that change the address without loading a page. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchBrowser } from "../support/node/browser.ts";
import { openShop, type Shop, settled } from "../support/node/shop.ts";

let browser: Browser;
let context: BrowserContext;
let page: Page;
let shop: Shop;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  shop = await openShop();
  context = await browser.newContext();
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  await shop.close();
});

const landings = (): string[] => shop.clicks.map(({ body }) => body.affiliate_url);
const open = (path: string) => settled(page, () => page.goto(shop.url(path)));
/** Runs what an app would. */
const run = (act: () => void) => settled(page, () => page.evaluate(act));

describe.each([
  ["with the Navigation API", ""],
  // As Safari before 26.2 and Firefox before 147; some page calls an element so.
  [
    "without the Navigation API",
    "delete window.navigation; delete window.NavigateEvent; window.navigation = document.createElement('nav')",
  ],
])("%s", (_, script) => {
  beforeEach(() => context.addInitScript(script));

  test("an address that gains the parameter through pushState is a landing", async () => {
    await open("/");
    expect(landings()).toEqual([]);
    await run(() => history.pushState(null, "", "/plans?aff=A"));

    expect(landings()).toEqual([shop.url("/plans?aff=A")]);
  });

  test("so is one through replaceState", async () => {
    await open("/");
    await run(() => history.replaceState(null, "", "/?avad=1_2"));

    expect(landings()).toEqual([shop.url("/?avad=1_2")]);
  });

  test("so is one of a hash router, by a link", async () => {
    shop.html = `<h1>Pricing</h1>{tag}<a id="go" href="#/pricing?aff=A">go</a>`;
    await open("/");
    await settled(page, () => page.click("#go"));

    expect(landings()).toEqual([shop.url("/#/pricing?aff=A")]);
  });

  test("so is one that the visitor goes back to, if it was not counted before", async () => {
    shop.html = `<script>history.replaceState(null, "", "/?aff=A"); history.pushState(null, "", "/x")</script>{tag}`;
    await open("/");
    expect(landings()).toEqual([]);
    await run(() => history.back());
    await page.waitForURL("**/?aff=A");
    await settled(page, () => page.evaluate(() => {}));

    expect(landings()).toEqual([shop.url("/?aff=A")]);
  });

  test("a router that strips the parameter at once is too late", async () => {
    await open("/");
    await run(() => {
      history.pushState(null, "", "/plans?aff=A");
      history.replaceState(null, "", "/plans");
    });

    expect(landings()).toEqual([shop.url("/plans?aff=A")]);
  });

  test("moves of the app are no new clicks, with the parameter or without, back and forth", async () => {
    await open("/?aff=A");
    await run(() => history.pushState(null, "", "/plans?aff=A"));
    await run(() => history.pushState(null, "", "/"));
    await run(() => history.back());
    await page.waitForURL("**/plans?aff=A");
    await run(() => history.pushState(null, "", "/?aff=A"));

    expect(landings()).toEqual([shop.url("/?aff=A")]);
  });

  test("a second partner's link inside the app is a new click", async () => {
    await open("/?aff=A");
    await run(() => history.pushState(null, "", "/?aff=B"));

    expect(landings()).toEqual([shop.url("/?aff=A"), shop.url("/?aff=B")]);
    expect(shop.clicks[1]!.body.existing_click_id).toMatch(/^cust_/);
  });

  // Only the first parameter was compared: the avad alone was a click of AvantLink's, and took the partner's sale.
  test.each([
    ["drops one of the link's parameters", "/?avad=7_x"],
    ["drops it and moves on", "/plans?q=1&avad=7_x#top"],
    ["orders them anew", "/?avad=7_x&aff=A(1)%20B"],
    ["writes them in another encoding", `/?${new URLSearchParams({ aff: "A(1) B", avad: "7_x" })}`],
  ])("an app that %s makes no new click", async (_, path) => {
    await open("/?aff=A(1)%20B&avad=7_x");
    await settled(page, () => page.evaluate((path) => history.replaceState(null, "", path), path));

    expect(landings().length).toBe(1);
  });

  test.each(["/?aff=B&avad=7_x", "/?avad=7_x&aff=B", "/?aff=A&avad=8_x"])(
    "%s after a link with ?aff=A&avad=7_x is a new click: another partner's, or another of AvantLink's",
    async (path) => {
      await open("/?aff=A&avad=7_x");
      await settled(page, () => page.evaluate((path) => history.pushState(null, "", path), path));

      expect(landings()).toEqual([shop.url("/?aff=A&avad=7_x"), shop.url(path)]);
    },
  );

  test("a returning visitor's landing that an app makes of another address is a click again", async () => {
    shop.pages["/go/a"] =
      `{tag}<script>addEventListener("load", () => history.replaceState(null, "", "/?aff=A"))</script>`;
    await open("/go/a");
    await page.close();
    page = await context.newPage();
    await open("/go/a");

    expect(landings()).toEqual([shop.url("/?aff=A"), shop.url("/?aff=A")]);
  });

  test("the app's own calls work as before", async () => {
    await open("/");
    const state = await page.evaluate(() => {
      history.pushState({ a: 1 }, "", "/plans?q=1");
      const { state } = history;
      history.replaceState({ b: 2 }, "");
      return [state, history.state, location.pathname + location.search];
    });

    expect(state).toEqual([{ a: 1 }, { b: 2 }, "/plans?q=1"]);
  });
});

test("a router that stripped the address before the tracker came: what was asked for counts", async () => {
  shop.html = `<script>history.replaceState(null, "", location.pathname)</script>{tag}<h1>Pricing</h1>`;
  await open("/plans?aff=A&gclid=1");

  expect(landings()).toEqual([shop.url("/plans?aff=A&gclid=1")]);
  expect(shop.clicks[0]!.body.page_url).toBe(shop.url("/plans"));
});

test("and a reload of it is no new click", async () => {
  shop.html = `<script>history.replaceState(null, "", location.pathname)</script>{tag}<h1>Pricing</h1>`;
  await open("/plans?aff=A");
  await settled(page, () => page.reload());

  expect(landings()).toEqual([shop.url("/plans?aff=A")]);
});
