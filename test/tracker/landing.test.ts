import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { BODY_LIMIT_BYTES } from "../../worker/inbound/affitor-schema.ts";
import { launchBrowser } from "../support/node/browser.ts";
import { openShop, type ReceivedClick, type Shop, settled, visit } from "../support/node/shop.ts";

let browser: Browser;
let context: BrowserContext;
let shop: Shop;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  shop = await openShop();
  context = await browser.newContext({
    locale: "de-DE",
    timezoneId: "Europe/Berlin",
    screen: { width: 1920, height: 1080 },
    viewport: { width: 1280, height: 800 },
  });
});
afterEach(async () => {
  await context.close();
  await shop.close();
});

test("arriving through a referral link sends one click that tells what the endpoint documents, and no more", async () => {
  const page = await context.newPage();
  await page.goto(shop.url("/post", "blog.example"));
  await settled(page, async () => {
    await page.evaluate((url) => {
      location.href = url;
    }, shop.url("/pricing?aff=PARTNER123#plans"));
    await page.waitForURL("**/pricing?aff=PARTNER123#plans");
  });

  expect(shop.clicks.map(({ body }) => body)).toEqual([
    {
      affiliate_url: shop.url("/pricing?aff=PARTNER123#plans"),
      page_url: shop.url("/pricing"),
      page_title: "Pricing — Shop",
      // What the browser's default policy leaves of another site's address.
      referrer_url: shop.url("/", "blog.example"),
      session_id: expect.stringMatching(/^\d{13}\.\d{16}$/),
      screen_resolution: "1920x1080",
      viewport_size: "1280x800",
      language: "de-DE",
      timezone: "Europe/Berlin",
      // Neither user_agent (the header has it) nor existing_click_id (there is none).
      additional_data: {
        event_id: expect.stringMatching(/^\d{13}\.\d{16}$/),
        program_id: 1,
        test_mode: false,
      },
    },
  ]);
});

test("the click needs no CORS preflight, and comes with the cookies of the collector's site", async () => {
  await context.addCookies([{ name: "seen", value: "1", domain: ".shop.localhost", path: "/" }]);
  await visit(context, shop.url("/?aff=PARTNER123"));

  expect(shop.apiRequests).toEqual(["POST /api/v1/track/click"]);
  expect(shop.clicks[0]!.headers).toMatchObject({
    "content-type": "text/plain;charset=UTF-8",
    cookie: "seen=1",
    origin: shop.url(""),
  });
});

test("the page's canonical address is told where it names one", async () => {
  shop.html = `<link rel="canonical" href="/plans">{tag}`;
  await visit(context, shop.url("/pricing?aff=PARTNER123"));

  expect(shop.clicks[0]!.body.page_url).toBe(shop.url("/plans"));
});

test.each([
  ["/?aff=X", "a query"],
  ["/?utm_source=mail&aff=X&gclid=1", "a query with other parameters"],
  ["/?avad=12345_a1b2", "an AvantLink landing"],
  ["/?q=a?b&aff=X", "a query with a question mark in it"],
  ["/#/pricing?aff=X", "a hash router's address"],
  ["/?theme=dark#!/pricing?ref=1&avad=X", "a hash router's address behind a query"],
  ["/#aff=X", "a plain fragment"],
  ["/#aff=X&next=/y?z=1", "a plain fragment before an address"],
  ["/#!/products;color=red?aff=X", "a hash router's address with a parameter in its path"],
])("%s is a landing: %s", async (path) => {
  await visit(context, shop.url(path));

  expect(shop.clicks.map(({ body }) => body.affiliate_url)).toEqual([shop.url(path)]);
});

test.each([
  ["/", "no parameter at all"],
  ["/?aff=", "an empty one"],
  ["/?aff=&q=1", "an empty one before another"],
  ["/?affiliate=X&staff=Y", "names that only contain it"],
  ["/?next=/x?aff=Y", "the parameter of another address"],
  ["/aff=X", "a path"],
  ["/#pricing", "a section"],
  ["/x&aff=X", "a path with an ampersand"],
])("%s sends nothing: %s", async (path) => {
  const { page, faults } = await visit(context, shop.url(path));

  expect(shop.apiRequests).toEqual([]);
  expect(await context.cookies()).toEqual([]);
  expect(await page.evaluate(() => Object.keys({ ...localStorage, ...sessionStorage }))).toEqual([]);
  expect(faults).toEqual([]);
});

// A named image stands before the document's own property.
test.each<[what: string, html: (collector: string) => string]>([
  [
    "calls an image currentScript",
    (collector) =>
      `<img name="currentScript" src="http://stranger.example:1/x.png"><script async src="${collector}/tracker.js" data-program="1"></script>`,
  ],
  [
    "has data-program on something else, before a module's tag",
    (collector) =>
      `<div data-program="summer">Sale</div><script type="module" src="${collector}/tracker.js" data-program="1"></script>`,
  ],
])("on a page that %s the click goes to the tag's collector", async (_, html) => {
  shop.html = `<body>${html(`http://track.shop.localhost:${shop.port}`)}`;
  const { faults } = await visit(context, shop.url("/?aff=A"));

  expect(shop.clicks.map(({ body }) => body.additional_data.program_id)).toEqual([1]);
  expect(faults).toEqual([]);
});

test("a title of a megabyte is cut to what the collector keeps, so that the click is not too large for it", async () => {
  shop.html = `{tag}<script>document.title = "€".repeat(1_000_000)</script>`;
  shop.tag = shop.tag.replace("async ", "defer ");
  await visit(context, shop.url("/?aff=A"));

  const [{ body }] = shop.clicks as [ReceivedClick];
  expect(body.page_title).toBe("€".repeat(512));
  expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(BODY_LIMIT_BYTES);
  expect((await context.cookies()).length).toBe(3);
});

test("two clicks in one tab share the session and differ in their event; another tab is another session", async () => {
  const { page } = await visit(context, shop.url("/?aff=A"));
  await settled(page, () => page.goto(shop.url("/?aff=B")));
  await visit(context, shop.url("/?aff=C"));

  const sessions = shop.clicks.map(({ body }) => body.session_id);
  expect(sessions[1]).toBe(sessions[0]);
  expect(sessions[2]).not.toBe(sessions[0]);
  expect(new Set(shop.clicks.map(({ body }) => body.additional_data.event_id)).size).toBe(3);
});

test("a visitor who leaves at once is counted: the click goes out after the page is gone", async () => {
  const collector = `http://track.shop.localhost:${shop.port}`;
  shop.pages["/next"] = "<h1>Next</h1>";
  shop.pages["/"] = `
    <script src="http://track.cdn.example:${shop.port}/tracker.js" data-affitor-api-base="${collector}"></script>
    <script>location.replace("/next")</script>`;
  // Another page takes all six connections that the browser opens to one host: the click has to wait in the browser.
  const busy = await context.newPage();
  await busy.goto(shop.url("/next"));
  await busy.evaluate((url) => {
    // Equal addresses would wait for each other in the cache, and without credentials other connections are used.
    for (let i = 0; i < 6; i++) fetch(`${url}?${i}`, { credentials: "include" }).catch(() => {});
  }, `${collector}/hang`);
  const page = await context.newPage();
  await page.goto(shop.url("/?aff=X"));
  await page.waitForURL("**/next");
  expect(shop.clicks).toEqual([]);

  await busy.close();
  await page.evaluate((url) => fetch(url, { mode: "no-cors", credentials: "include" }), `${collector}/fence`);
  expect(shop.clicks.map(({ body }) => body.affiliate_url)).toEqual([shop.url("/?aff=X")]);
});

test.each<[why: string, tag: (host: string) => string, program: number | undefined]>([
  ["that names no program", (host) => `src="http://${host}/tracker.js"`, undefined],
  [
    "with a program that is no number, which the collector would refuse",
    (host) => `src="http://${host}/tracker.js" data-program="{{id}}"`,
    undefined,
  ],
  [
    "with a program below zero, which the collector would refuse",
    (host) => `src="http://${host}/tracker.js" data-program="-5"`,
    undefined,
  ],
  ["with a fraction", (host) => `src="http://${host}/tracker.js" data-program="7.5"`, undefined],
  [
    "with a program of more than 32 bits",
    (host) => `src="http://${host}/tracker.js" data-program="4294967297"`,
    4_294_967_297,
  ],
  [
    "with a program that a number cannot hold",
    (host) => `src="http://${host}/tracker.js" data-program="12345678901234567890"`,
    undefined,
  ],
  [
    "of Affitor's own script",
    (host) => `defer src="http://${host}/js/affitor-tracker.js" data-affitor-program-id="29"`,
    29,
  ],
  [
    "with an API on another host than the script",
    (host) =>
      `src="${`http://${host}`.replace("shop.localhost", "cdn.example")}/x.js" data-program="1" data-affitor-api-base="http://${host}/"`,
    1,
  ],
  ["of a module script", (host) => `type="module" src="http://${host}/tracker.js" data-program="7"`, 7],
])("a tag %s posts to its collector, for its program", async (_, tag, program) => {
  const host = `track.shop.localhost:${shop.port}`;
  shop.tag = `<script ${tag(host)}></script>`;
  await visit(context, shop.url("/?aff=X"));

  expect(shop.apiRequests).toEqual(["POST /api/v1/track/click"]);
  expect(shop.clicks[0]!.headers.host).toBe(host);
  expect(shop.clicks[0]!.body.additional_data.program_id).toBe(program);
});
