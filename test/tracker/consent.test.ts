/** data-consent="required": nothing before the visitor's yes, and nothing left after a no. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type {} from "../../tracker/init.ts";
import { launchBrowser } from "../support/node/browser.ts";
import { openShop, type Shop, settled, success } from "../support/node/shop.ts";

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
  shop.tag = shop.tag.replace("<script", '<script data-consent="required"');
  context = await browser.newContext();
  await context.addInitScript(() => {
    // Every write, also one that is taken back at once.
    const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, "cookie")!;
    Object.assign(window, { cookieWrites: 0 });
    Object.defineProperty(document, "cookie", {
      get() {
        return get!.call(document);
      },
      set(line) {
        (window as unknown as { cookieWrites: number }).cookieWrites++;
        set!.call(document, line);
      },
    });
  });
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  await shop.close();
});

const open = (path: string) => settled(page, () => page.goto(shop.url(path)));
const consent = (granted: boolean) =>
  settled(page, () => page.evaluate((granted) => window.affitor!.consent(granted), granted));
const landings = (): string[] => shop.clicks.map(({ body }) => body.affiliate_url);

async function expectNothingStored(): Promise<void> {
  expect(await context.cookies()).toEqual([]);
  expect(await page.evaluate(() => Object.keys({ ...localStorage, ...sessionStorage }))).toEqual([]);
}

test("until the visitor agrees nothing is sent, stored or even tried", async () => {
  await open("/?aff=A");
  await settled(page, () => page.evaluate(() => window.affitor!.trackTest()));

  expect(shop.apiRequests).toEqual([]);
  expect(await page.evaluate(() => (window as unknown as { cookieWrites: number }).cookieWrites)).toBe(0);
  await expectNothingStored();
});

test("with the visitor's yes the landing is sent as it was, and kept", async () => {
  await open("/pricing?aff=A");
  await consent(true);

  expect(landings()).toEqual([shop.url("/pricing?aff=A")]);
  expect((await context.cookies()).length).toBe(3);
});

test("the landing is held across the app's own navigations", async () => {
  await open("/pricing?aff=A");
  await page.evaluate(() => {
    history.pushState(null, "", "/plans");
    document.title = "Plans";
  });
  await consent(true);

  expect(shop.clicks.map(({ body }) => [body.affiliate_url, body.page_url, body.page_title])).toEqual([
    [shop.url("/pricing?aff=A"), shop.url("/pricing"), "Pricing — Shop"],
  ]);
});

test("a yes that came before the tracker, through the queue, counts", async () => {
  shop.html = `<script>(window.affitorQueue = window.affitorQueue || []).push(["consent", true])</script>{tag}`;
  await open("/?aff=A");

  expect(landings()).toEqual([shop.url("/?aff=A")]);
});

test.each(["denied", "granted", "", 1, null])(
  "only true is a yes: %j is none, and takes back what a yes allowed",
  async (answer) => {
    shop.html = `<script>(window.affitorQueue = window.affitorQueue || []).push(["consent", ${JSON.stringify(answer)}])</script>{tag}`;
    await open("/?aff=A");
    expect(shop.apiRequests).toEqual([]);
    await consent(true);
    await settled(page, () =>
      page.evaluate((answer) => window.affitor!.consent(answer as boolean), answer as unknown),
    );

    expect(landings()).toEqual([shop.url("/?aff=A")]);
    await expectNothingStored();
  },
);

test("a consent manager that begins with a no and then says yes gets the landing", async () => {
  await open("/?aff=A");
  await consent(false);
  await consent(true);

  expect(landings()).toEqual([shop.url("/?aff=A")]);
});

test("saying yes twice is one click, and so is saying yes on each page", async () => {
  await open("/?aff=A");
  await consent(true);
  await consent(true);
  await settled(page, () => page.reload());
  await consent(true);

  expect(landings()).toEqual([shop.url("/?aff=A")]);
});

test("a no takes back cookies and storage, and nothing is sent or stored after it", async () => {
  await open("/?aff=A");
  await consent(true);
  await consent(false);
  await expectNothingStored();
  expect(await page.evaluate(() => window.affitor!.getData())).toMatchObject({
    clickId: null,
    affiliateUrl: null,
    hasAttribution: false,
  });

  await settled(page, () => page.evaluate(() => history.pushState(null, "", "/?aff=B")));
  expect(landings()).toEqual([shop.url("/?aff=A")]);
  await expectNothingStored();
});

test("a no takes back what another script left under our names for this host alone", async () => {
  await context.addCookies([
    { name: "affitor_click_id", value: "cust_42_1714000000000", url: shop.url("/") },
    { name: "affitor_click_ids", value: "cust_42_1714000000000", url: shop.url("/") },
  ]);
  await open("/");
  await consent(false);

  await expectNothingStored();
});

test("a no takes back a click that waits in the page's memory, for the storage is full", async () => {
  await context.addInitScript(() => {
    for (let size = 1_000_000, key = 0; size >= 1; key++) {
      try {
        localStorage[`filling-${key}`] = "x".repeat(size);
      } catch {
        size /= 2;
      }
    }
  });
  shop.answer = () => ({ status: 500, body: {} });
  await open("/?aff=A");
  await consent(true);
  await consent(false);
  await consent(true);

  expect(landings()).toEqual([shop.url("/?aff=A")]);
});

test("a no takes back a click that waits for its answer, and only what is ours", async () => {
  shop.answer = () => ({ status: 500, body: {} });
  await open("/?aff=A");
  await consent(true);
  await page.evaluate(() => localStorage.setItem("cart", "1"));
  await consent(false);
  await settled(page, () => page.reload());
  await consent(true);

  expect(await page.evaluate(() => localStorage.getItem("cart"))).toBe("1");
  expect(new Set(shop.clicks.map(({ body }) => body.additional_data.event_id)).size).toBe(2);
});

test("an answer that comes after the no leaves nothing", async () => {
  await page.goto(shop.url("/?aff=A"));
  await context.route("**/api/v1/track/click", async (route) => {
    await page.evaluate(() => window.affitor!.consent(false));
    await route.continue();
  });
  await consent(true);

  expect(landings().length).toBe(1);
  await expectNothingStored();
});

test("nor does a cookie stay that the collector set with that answer", async () => {
  shop.answer = () => ({
    body: { ...(success(1).body as object), cookie_set: true },
    headers: {
      "Set-Cookie": "affitor_click_id=cust_1_1715000000000; Domain=shop.localhost; Path=/; Max-Age=8640000",
    },
  });
  await page.goto(shop.url("/?aff=A"));
  await context.route("**/api/v1/track/click", async (route) => {
    await page.evaluate(() => window.affitor!.consent(false));
    await route.continue();
  });
  await consent(true);

  expect(landings().length).toBe(1);
  await expectNothingStored();
});

test("without data-consent a no withdraws too, and a later yes goes on", async () => {
  shop.tag = shop.tag.replace('data-consent="required"', "");
  shop.answer = () => success(shop.clicks.length);
  await open("/?aff=A");
  await consent(false);
  await expectNothingStored();
  await consent(true);
  await settled(page, () => page.evaluate(() => history.pushState(null, "", "/?aff=B")));

  expect(landings()).toEqual([shop.url("/?aff=A"), shop.url("/?aff=B")]);
});
