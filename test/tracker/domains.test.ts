/** data-domains: the click id goes with the visitor to the merchant's other domains, and is taken over there. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type {} from "../../tracker/init.ts";
import { launchBrowser } from "../support/node/browser.ts";
import { openShop, type Shop, settled, settledWithMore, success } from "../support/node/shop.ts";

const CHECKOUT = "pay.checkout.example";
const DAY_SECONDS = 86_400;

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
  shop.tag = shop.tag.replace("<script", '<script data-domains="shop.localhost, checkout.example"');
  context = await browser.newContext();
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  await shop.close();
});

/** @returns the seed's id of click n, made at `at`. */
const id = (n: number, at = 1_715_000_000_000): string =>
  (success(n).body as { click_id: string }).click_id.replace("1715000000000", String(at));

const open = (url: string) => settledWithMore(page, shop, () => page.goto(url));

async function clickIdOn(host: string): Promise<string | undefined> {
  const cookies = await context.cookies(shop.url("/", host));
  return cookies.find(({ name }) => name === "affitor_click_id")?.value;
}

/** The shop's page, after a landing, with something on it that leads to the checkout. */
async function landWith(html: string): Promise<void> {
  shop.pages["/land"] =
    `<h1>Pricing</h1>{tag}${html.replaceAll("{checkout}", shop.url("/pay?cart=1", CHECKOUT))}`;
  await open(shop.url("/land?aff=A"));
}

/** What the next page's address says. */
async function arrives(tab: Page, act: () => Promise<unknown>): Promise<string | null> {
  const url = tab.waitForURL((url) => url.hostname === CHECKOUT);
  await act();
  await url;
  expect(new URL(tab.url()).pathname).toBe("/pay");
  return new URL(tab.url()).searchParams.get("affitor_click_id");
}

async function arrivesInTab(act: () => Promise<unknown>): Promise<string | null> {
  const opened = context.waitForEvent("page");
  await act();
  const tab = await opened;
  await tab.waitForURL((url) => url.pathname === "/pay");
  return new URL(tab.url()).searchParams.get("affitor_click_id");
}

test("a link carries the click id, added when it is used and not before", async () => {
  await landWith(`<a id="go" href="{checkout}">pay</a>`);
  expect(await page.getAttribute("#go", "href")).toBe(shop.url("/pay?cart=1", CHECKOUT));

  expect(await arrives(page, () => page.click("#go"))).toBe(id(1));
  expect(new URL(page.url()).searchParams.get("cart")).toBe("1");
});

test("so does a link that is followed by keyboard, or that came later in a shadow tree", async () => {
  await landWith(`<a id="go" href="{checkout}">pay</a><div id="host"></div>`);
  await page.evaluate(
    (href) => {
      const root = document.querySelector("#host")!.attachShadow({ mode: "open" });
      root.innerHTML = `<a target="_blank" href="${href}"><b id="inner">pay</b></a>`;
    },
    shop.url("/pay?cart=2", CHECKOUT),
  );

  expect(await arrivesInTab(() => page.click("#inner"))).toBe(id(1));
  expect(await arrives(page, () => page.press("#go", "Enter"))).toBe(id(1));
});

test.each([
  ["for “open in a new tab”, when its menu is opened", "right"],
  ["for a new tab, with the middle button", "middle"],
] as const)("a link carries it %s", async (_, button) => {
  await landWith(`<a id="go" href="{checkout}">pay</a>`);
  await page.click("#go", { button });

  expect(await page.getAttribute("#go", "href")).toContain(`affitor_click_id=${id(1)}`);
});

// A long press, the menu key: no other event comes before the menu, or after it.
test("a link carries it when its menu is opened without a button of the mouse", async () => {
  await landWith(`<a id="go" href="{checkout}">pay</a>`);
  await page.locator("#go").dispatchEvent("contextmenu");

  expect(await page.getAttribute("#go", "href")).toContain(`affitor_click_id=${id(1)}`);
});

test.each([
  ["sent by GET", `<form action="{checkout}"><input name="q" value="1"><button id="go">pay</button></form>`],
  [
    "sent by POST",
    `<form method="post" action="{checkout}"><input name="action" value="1"><button id="go">pay</button></form>`,
  ],
  [
    "sent by script",
    `<form method="POST" action="{checkout}"></form><button id="go" onclick="document.forms[0].submit()">pay</button>`,
  ],
  [
    "sent by GET to its button's address",
    `<form action="/local"><input name="q" value="1"><button id="go" formaction="{checkout}">pay</button></form>`,
  ],
  [
    "whose button makes a GET of a POST",
    `<form method="post" action="{checkout}"><input name="q"><button id="go" formmethod="get">pay</button></form>`,
  ],
  [
    "whose button makes a POST of a GET",
    `<form action="{checkout}"><input name="q"><button id="go" formmethod="post">pay</button></form>`,
  ],
  [
    "whose handler sets the address",
    `<form method="post" action="/local" onsubmit="this.action = '{checkout}'"><button id="go">pay</button></form>`,
  ],
  [
    "whose handler sends it itself, past its button's address",
    `<form action="{checkout}" onsubmit="event.preventDefault(); this.submit()">
       <button id="go" formaction="/local" formmethod="post">pay</button></form>`,
  ],
  [
    "in a shadow tree",
    `<div id="host"></div><script>host.attachShadow({ mode: "open" }).innerHTML =
       '<form method="post" action="{checkout}"><button id="go">pay</button></form>'</script>`,
  ],
  [
    "in a shadow tree, sent by GET",
    `<div id="host"></div><script>host.attachShadow({ mode: "open" }).innerHTML =
       '<form action="{checkout}"><button id="go">pay</button></form>'</script>`,
  ],
])("a form %s carries the click id", async (_, html) => {
  await landWith(html);

  expect(await arrives(page, () => page.click("#go"))).toBe(id(1));
});

test("a form in a shadow tree that is sent by the Enter key carries the click id", async () => {
  await landWith(
    `<div id="host"></div><script>host.attachShadow({ mode: "open" }).innerHTML =
       '<form method="post" action="{checkout}"><input id="name"><button>pay</button></form>'</script>`,
  );

  expect(await arrives(page, () => page.press("#name", "Enter"))).toBe(id(1));
});

test("a link whose handler sets its address carries the click id", async () => {
  await landWith(`<a id="go" href="/local" onclick="this.href = '{checkout}'">pay</a>`);

  expect(await arrives(page, () => page.click("#go"))).toBe(id(1));
});

test("everything else in an address stays as it is written: a checkout may have signed it", async () => {
  const query = "flag&path=/a/b&t=a%20b&sig=x~y*z(1)%2fq&&e=a@b.c,d";
  const pay = shop.url("/pay", CHECKOUT);
  await landWith(
    `<a id="go" href="${pay}?${query.replace("&t=", `&affitor_click_id=${id(9)}&t=`)}#x=1">pay</a>`,
  );
  await arrives(page, () => page.click("#go"));

  expect(page.url()).toBe(`${pay}?${query}&affitor_click_id=${id(1)}#x=1`);
});

test.each([
  "Checkout.example",
  "https://checkout.example",
  "*.checkout.example",
  "http://checkout.example:80/pay",
])("a domain may be written as %s", async (domain) => {
  shop.tag = shop.tag.replace(/data-domains="[^"]*"/, `data-domains="shop.localhost ${domain}"`);
  await landWith(`<a id="go" href="{checkout}">pay</a>`);

  expect(await arrives(page, () => page.click("#go"))).toBe(id(1));
});

test("a domain may be written in its own letters", async () => {
  shop.tag = shop.tag.replace(/data-domains="[^"]*"/, `data-domains="shop.localhost münze.example"`);
  await landWith(`<meta charset="utf-8"><a id="go" href="http://pay.münze.example:1/pay">pay</a>`);
  await page.click("#go", { button: "right" });

  expect(await page.getAttribute("#go", "href")).toContain(`affitor_click_id=${id(1)}`);
});

test("window.open carries it", async () => {
  await landWith(
    `<button id="go" onclick="window.opened = window.open('{checkout}', 'pay', 'width=300')">pay</button>`,
  );

  expect(await arrivesInTab(() => page.click("#go"))).toBe(id(1));
  expect(await page.evaluate(() => typeof (window as unknown as { opened: Window }).opened.close)).toBe(
    "function",
  );
});

test("other hosts get nothing: neither strangers, nor names that only end alike", async () => {
  await landWith(
    `<a id="a" href="http://other.example:1/">a</a><a id="b" href="http://notcheckout.example:1/">b</a>
     <a id="c" href="mailto:a@checkout.example">c</a><a id="d">d</a>
     <svg><a id="e" href="http://checkout.example/"><text y="20">e</text></a></svg>
     <script>addEventListener("click", (event) => event.preventDefault())</script>`,
  );
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  const before = await page.innerHTML("body");
  for (const link of ["a", "b", "c", "d", "e"]) await page.locator(`#${link}`).dispatchEvent("click");

  expect(await page.innerHTML("body")).toBe(before);
  expect(faults).toEqual([]);
});

test("a visitor without a click carries nothing", async () => {
  shop.pages["/"] = `{tag}<a id="go" href="${shop.url("/pay?cart=1", CHECKOUT)}">pay</a>`;
  await open(shop.url("/"));

  expect(await arrives(page, () => page.click("#go"))).toBeNull();
});

test("the other domain takes the id over, for its whole site and the default window, without a request", async () => {
  await open(shop.url(`/pay?affitor_click_id=${id(1)}`, CHECKOUT));

  const cookies = await context.cookies(shop.url("/", CHECKOUT));
  expect(cookies.map(({ name, value, domain }) => [name, value, domain]).sort()).toEqual([
    ["affitor_click_id", id(1), ".checkout.example"],
    ["affitor_click_ids", id(1), ".checkout.example"],
  ]);
  for (const { expires } of cookies) expect((expires - Date.now() / 1000) / DAY_SECONDS).toBeCloseTo(60, 1);
  expect(shop.apiRequests).toEqual([]);
  expect(await page.evaluate(() => window.affitor!.getClickId())).toBe(id(1));
});

test("an own click that is newer stays, an older one gives way", async () => {
  await context.addCookies([
    { name: "affitor_click_id", value: id(5, 1_715_000_005_000), domain: ".checkout.example", path: "/" },
  ]);
  await open(shop.url(`/pay?affitor_click_id=${id(4, 1_715_000_004_000)}`, CHECKOUT));
  expect(await clickIdOn(CHECKOUT)).toBe(id(5, 1_715_000_005_000));

  await open(shop.url(`/pay?affitor_click_id=${id(6, 1_715_000_006_000)}`, CHECKOUT));
  expect(await clickIdOn(CHECKOUT)).toBe(id(6, 1_715_000_006_000));
});

// An id from the future was newer than every click to come, and kept them out.
test.each([
  ["more than an id", `${id(1)};domain=evil`],
  ["an id that no collector makes", "cust_x_99999999999999"],
  ["an id with more behind it", `${id(1)}9`],
  ["an id from the future", id(1, Date.now() + 2 * DAY_SECONDS * 1000)],
])("%s is not taken over, and a genuine one is, after it", async (_, strange) => {
  await open(shop.url(`/pay?affitor_click_id=${strange}`, CHECKOUT));
  expect(await clickIdOn(CHECKOUT)).toBeUndefined();

  await open(shop.url(`/pay?affitor_click_id=${id(2)}`, CHECKOUT));
  expect(await clickIdOn(CHECKOUT)).toBe(id(2));
});

test("an id is taken over from the merchant's own sites, and not from a stranger's", async () => {
  const arriveFrom = async (host: string, n: number) => {
    await page.goto(shop.url("/", host));
    await settledWithMore(page, shop, async () => {
      const loaded = page.waitForURL("**/pay?*");
      await page.evaluate(
        (href) => {
          location.href = href;
        },
        shop.url(`/pay?affitor_click_id=${id(n)}`, CHECKOUT),
      );
      await loaded;
    });
    return clickIdOn(CHECKOUT);
  };
  shop.pages["/"] = "<h1>Elsewhere</h1>";

  expect(await arriveFrom("forum.example", 1)).toBeUndefined();
  expect(await arriveFrom("notcheckout.example", 2)).toBeUndefined();
  expect(await arriveFrom("www.shop.localhost", 3)).toBe(id(3));
});

test("without the visitor's yes nothing is taken over; with it the id is", async () => {
  shop.tag = shop.tag.replace("<script", '<script data-consent="required"');
  await open(shop.url(`/pay?affitor_click_id=${id(1)}`, CHECKOUT));
  expect(await clickIdOn(CHECKOUT)).toBeUndefined();

  await page.evaluate(() => window.affitor!.consent(true));
  expect(await clickIdOn(CHECKOUT)).toBe(id(1));
});

test("without the visitor's yes no link carries the id of an earlier visit; with it links do", async () => {
  shop.tag = shop.tag.replace("<script", '<script data-consent="required"');
  await context.addCookies([{ name: "affitor_click_id", value: id(9), domain: "shop.localhost", path: "/" }]);
  const pay = shop.url("/pay?cart=1", CHECKOUT);
  shop.pages["/"] = `{tag}<a id="go" href="${pay}">pay</a>`;
  await open(shop.url("/"));
  await page.click("#go", { button: "right" });
  expect(await page.getAttribute("#go", "href")).toBe(pay);
  expect((await context.cookies()).length).toBe(1);

  await page.evaluate(() => window.affitor!.consent(true));
  expect(await arrives(page, () => page.click("#go"))).toBe(id(9));
});

test("a no takes the id out of the links that have it already", async () => {
  await landWith(`<a id="go" href="{checkout}">pay</a>`);
  await page.click("#go", { button: "right" });
  expect(await page.getAttribute("#go", "href")).toContain(id(1));
  await page.evaluate(() => window.affitor!.consent(false));

  expect(await arrives(page, () => page.click("#go"))).toBeNull();
  expect(page.url()).toBe(shop.url("/pay?cart=1", CHECKOUT));
});

test("an id that was taken over goes with a no, and comes again with a yes", async () => {
  await open(shop.url(`/pay?affitor_click_id=${id(1)}`, CHECKOUT));
  await page.evaluate(() => window.affitor!.consent(false));
  expect(await clickIdOn(CHECKOUT)).toBeUndefined();

  await page.evaluate(() => window.affitor!.consent(true));
  expect(await clickIdOn(CHECKOUT)).toBe(id(1));
});

test("a page without data-domains loads no second file, patches nothing and takes nothing over", async () => {
  shop.tag = shop.tag.replace(/data-domains="[^"]*"/, "");
  await settled(page, () => page.goto(shop.url(`/pay?affitor_click_id=${id(1)}`, CHECKOUT)));

  expect(shop.paths).not.toContain("/tracker-more.js");
  expect(await page.evaluate(() => String(window.open))).toContain("[native code]");
  expect(await clickIdOn(CHECKOUT)).toBeUndefined();
});

test("a second file that does not come leaves the page unharmed and the click counted", async () => {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  await context.route("**/tracker-more.js", (route) => route.abort());
  await settled(page, () => page.goto(shop.url("/?aff=A")));

  expect(faults).toEqual([]);
  expect(await clickIdOn("shop.localhost")).toBe(id(1));
});
