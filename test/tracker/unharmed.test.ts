/** Whatever the browser, the page or the network forbids, the page is unharmed: no exception, no rejection. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { launchBrowser } from "../support/node/browser.ts";
import { openShop, type Shop, success, visit } from "../support/node/shop.ts";

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

async function expectUnharmed({ page, faults }: { page: Page; faults: string[] }): Promise<void> {
  expect(faults).toEqual([]);
  expect(await page.textContent("h1")).toBe("Pricing");
}

test.each<[string, Shop["answer"]]>([
  // Chromium itself repeats a request on a kept connection that was closed unanswered: the event is the same.
  ["closes the connection", () => "drop"],
  ["fails with a page of HTML", () => ({ status: 500, body: "<h1>Internal error</h1>" })],
  ["answers 200 with no JSON", () => ({ body: "OK" })],
  ["answers 200 with null", () => ({ body: "null" })],
  ["forgets its CORS headers", () => ({ ...success(1), headers: { "Access-Control-Allow-Origin": null } })],
])("a collector that %s", async (_, answer) => {
  shop.answer = answer;
  const visited = await visit(context, shop.url("/?aff=X"));

  await expectUnharmed(visited);
  expect(new Set(shop.clicks.map(({ body }) => body.additional_data.event_id)).size).toBe(1);
  expect(await context.cookies()).toEqual([]);
});

test("a collector that an ad blocker hides", async () => {
  await context.route("**/api/v1/track/click", (route) => route.abort("blockedbyclient"));

  await expectUnharmed(await visit(context, shop.url("/?aff=X")));
});

test.each([
  ["fetch is taken away", "delete window.fetch"],
  ["fetch throws at once", "window.fetch = () => { throw new Error('patched') }"],
  ["fetch resolves to nothing", "window.fetch = async () => undefined"],
  ["there is no Web Crypto", "Object.defineProperty(window, 'crypto', { value: undefined })"],
])("a page where %s", async (_, patch) => {
  await context.addInitScript(patch);

  await expectUnharmed(await visit(context, shop.url("/?aff=X")));
});

test.each([
  ["a form called title", `<form name="title"></form>{tag}`],
  ["an image called title", `<img name="title">{tag}`],
  ["a variable called screen", `<script>let screen = null</script>{tag}`],
  ["no AbortSignal.timeout, as an older browser,", `<script>delete AbortSignal.timeout</script>{tag}`],
])("a page with %s has its click counted and kept", async (_, head) => {
  shop.html = `<!doctype html><h1>Pricing</h1>${head}`;

  await expectUnharmed(await visit(context, shop.url("/?aff=X")));
  expect((await context.cookies()).length).toBe(3);
});

test("affitor.init() without options changes nothing and throws nothing", async () => {
  const visited = await visit(context, shop.url("/"));

  expect(await visited.page.evaluate(() => [window.affitor!.init(), window.affitor!.programId])).toEqual([
    undefined,
    1,
  ]);
  await expectUnharmed(visited);
});

test("the script adds window.affitor and its queue to the page's globals, and nothing else", async () => {
  const globals = (page: Page) => page.evaluate(() => Object.getOwnPropertyNames(window));
  const with_ = await globals((await visit(context, shop.url("/?aff=X"))).page);
  shop.tag = "";
  const without = new Set(await globals((await visit(context, shop.url("/"))).page));

  expect(with_.filter((name) => !without.has(name))).toEqual(["affitor", "affitorQueue"]);
});

test("a page that froze what it could still has its click counted and kept", async () => {
  await context.addInitScript(
    "for (const o of [Object, Array, String, Promise, Function]) { Object.freeze(o); Object.freeze(o.prototype); }" +
      "Object.defineProperty(window, 'fetch', { value: window.fetch, writable: false, configurable: false })",
  );

  await expectUnharmed(await visit(context, shop.url("/?aff=X")));
  expect((await context.cookies()).length).toBe(3);
});

test("cookies that go nowhere: the click is counted", async () => {
  await context.addInitScript(
    "Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set: () => {}, configurable: true })",
  );

  await expectUnharmed(await visit(context, shop.url("/?aff=X")));
  expect(shop.clicks.length).toBe(1);
});

test.each(["sessionStorage", "localStorage"])(
  "a %s that throws at a look: the click is counted and kept",
  async (name) => {
    await context.addInitScript((name) => {
      Object.defineProperty(window, name, {
        get: () => {
          throw new DOMException("denied", "SecurityError");
        },
      });
    }, name);

    await expectUnharmed(await visit(context, shop.url("/?aff=X")));
    expect(shop.clicks[0]!.body.session_id).toMatch(/^\d{13}\.\d{16}$/);
    expect((await context.cookies()).length).toBe(3);
  },
);

test("a sandboxed frame, which may neither read cookies nor storage: the click is counted", async () => {
  shop.pages["/framing"] = `<h1>Pricing</h1><iframe sandbox="allow-scripts" src="/?aff=X"></iframe>`;
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  const answered = page.waitForResponse("**/api/v1/track/click");
  await page.goto(shop.url("/framing"));
  await (await answered).finished();

  await expectUnharmed({ page, faults });
  expect(shop.clicks.map(({ headers, body }) => [headers.origin, body.affiliate_url])).toEqual([
    ["null", shop.url("/?aff=X")],
  ]);
  expect(await context.cookies()).toEqual([]);
});

test("a strict content security policy with Trusted Types: the click is counted and kept, nothing is reported", async () => {
  const collector = `http://track.shop.localhost:${shop.port}`;
  shop.headers = {
    "Content-Security-Policy": `default-src 'none'; script-src ${collector}; connect-src ${collector} 'self'; require-trusted-types-for 'script'; trusted-types 'none'`,
  };
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      (window as unknown as { violation: string }).violation =
        `${event.violatedDirective} ${event.blockedURI}`;
    });
  });
  const visited = await visit(context, shop.url("/?aff=X"));

  await expectUnharmed(visited);
  expect(
    await visited.page.evaluate(() => (window as unknown as { violation?: string }).violation),
  ).toBeUndefined();
  expect((await context.cookies()).length).toBe(3);
});

test("a policy that forbids the collector's address", async () => {
  shop.headers = { "Content-Security-Policy": "connect-src 'self'" };

  await expectUnharmed(await visit(context, shop.url("/?aff=X")));
  expect(shop.clicks).toEqual([]);
});
