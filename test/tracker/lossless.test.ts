/** Whatever happens on the way, a click ends as one counted click and one cookie. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { launchBrowser } from "../support/node/browser.ts";
import { type Answer, openShop, type Shop, settled, success, visit } from "../support/node/shop.ts";

const HOUR_MS = 3_600_000;

let browser: Browser;
let context: BrowserContext;
let shop: Shop;
/** The events that the collector said yes to. */
let counted: Map<string, Answer>;
/** What the collector answers instead, one after the other. */
let faults: (Answer | "drop")[];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  shop = await openShop();
  context = await browser.newContext();
  counted = new Map();
  faults = [];
  shop.answer = ({ body }) => {
    const fault = faults.shift();
    if (fault) return fault;
    const event = body.additional_data.event_id;
    if (!counted.has(event)) counted.set(event, success(counted.size + 1));
    return counted.get(event)!;
  };
});
afterEach(async () => {
  await context.close();
  await shop.close();
});

const id = (n: number): string => (success(n).body as { click_id: string }).click_id;

async function clickIds(): Promise<string[]> {
  const cookies = await context.cookies();
  return cookies.filter(({ name }) => name === "affitor_click_id").map(({ value }) => value);
}

/** What the browser still remembers, by key. */
const remembered = (page: Page): Promise<string[]> =>
  page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("affitor_")));

/** Opens a page whose time stands still until a test moves it. */
async function visitWithClock(path: string): Promise<Page> {
  const page = await context.newPage();
  await page.clock.install();
  await settled(page, () => page.goto(shop.url(path)));
  return page;
}

async function expectOneClick(page: Page): Promise<void> {
  expect(counted.size).toBe(1);
  expect(new Set(shop.clicks.map(({ body }) => body.additional_data.event_id)).size).toBe(1);
  expect(await clickIds()).toEqual([id(1)]);
  expect(await remembered(page)).toEqual([]);
}

test("a click is remembered with its event id before it is sent, and forgotten when it is answered", async () => {
  await context.addInitScript(() => {
    const { fetch } = window;
    window.fetch = (input, init) => {
      if (init?.body) Object.assign(window, { atSending: { ...localStorage } });
      return fetch(input, init);
    };
  });
  const { page } = await visit(context, shop.url("/?aff=A"));

  const event = shop.clicks[0]!.body.additional_data.event_id;
  const atSending = await page.evaluate(() => (window as unknown as { atSending: object }).atSending);
  expect(Object.keys(atSending)).toEqual([`affitor_${event}`]);
  await expectOneClick(page);
});

test.each<[string, () => Answer | "drop"]>([
  ["closes the connection", () => "drop"],
  ["fails with 500", () => ({ status: 500, body: { error: "Click tracking failed" } })],
  ["fails with 503 and a page of HTML", () => ({ status: 503, body: "<h1>Unavailable</h1>" })],
  ["is busy with 429", () => ({ status: 429, body: { error: "Too many requests" } })],
  ["times out with 408", () => ({ status: 408, body: "" })],
  ["answers 200 with no JSON", () => ({ body: "<h1>Log in to the hotel's network</h1>" })],
  ["answers 200 with another's JSON", () => ({ body: { ok: true } })],
  [
    "counts it, but its answer is blocked",
    () => ({ ...success(1), headers: { "Access-Control-Allow-Origin": null } }),
  ],
])("a collector that %s gets the same event again after a while", async (_, fault) => {
  // Chromium itself repeats a request on a kept connection that was closed unanswered.
  faults = [fault(), fault()];
  const page = await visitWithClock("/?aff=A");
  expect(await clickIds()).toEqual([]);
  expect((await remembered(page)).length).toBe(1);

  await settled(page, () => page.clock.runFor(4_000));
  await settled(page, () => page.clock.runFor(8_000));
  await expectOneClick(page);
});

test("the pauses between attempts grow", async () => {
  faults = Array(20).fill({ status: 500, body: {} });
  const page = await visitWithClock("/?aff=A");
  const attempts: number[] = [];
  for (const ms of [3_900, 200, 7_800, 200, 11_800, 200]) {
    await settled(page, () => page.clock.runFor(ms));
    attempts.push(shop.clicks.length);
  }

  expect(attempts).toEqual([1, 2, 2, 3, 3, 4]);
});

// Each move started a timer of its own and doubled the pause of all, until it was longer than a timer can be: 0 ms.
test("an app that moves on and on while the collector fails is no storm of requests", async () => {
  shop.answer = () => ({ status: 500, body: {} });
  const page = await visitWithClock("/?aff=A");
  for (let move = 1; move <= 25; move++) {
    await settled(page, () => page.evaluate((move) => history.pushState(null, "", `/${move}`), move));
  }
  const before = shop.clicks.length;
  expect(before).toBeLessThanOrEqual(26);
  await settled(page, () => page.clock.runFor(10 * 60_000));

  expect(shop.clicks.length - before).toBeLessThanOrEqual(5);
});

test("a request that is never answered is given up after 20 seconds, and holds up no other for longer", async () => {
  await context.addInitScript(() => {
    AbortSignal.timeout = (ms) => {
      const controller = new AbortController();
      Object.assign(window, { timeoutMs: ms, giveUp: () => controller.abort() });
      return controller.signal;
    };
  });
  await context.route("**/api/v1/track/click", () => {}, { times: 1 });
  const page = await context.newPage();
  const sent = page.waitForRequest("**/api/v1/track/click");
  await page.goto(shop.url("/?aff=A"));
  await sent;
  await page.evaluate(() => history.pushState(null, "", "/?aff=B"));
  expect(await page.evaluate(() => (window as unknown as { timeoutMs: number }).timeoutMs)).toBe(20_000);
  await settled(page, () => page.evaluate(() => (window as unknown as { giveUp(): void }).giveUp()));

  expect(await clickIds()).toEqual([id(2)]);
  expect(counted.size).toBe(2);
  expect(await remembered(page)).toEqual([]);
});

test.each([
  ["fails", { status: 500, body: {} } as Answer],
  ["is blocked", { ...success(1), headers: { "Access-Control-Allow-Origin": null } } as Answer],
])("a collector that %s gets the same event from a later page without the parameter", async (_, fault) => {
  faults = [fault];
  const first = await visit(context, shop.url("/?aff=A"));
  await first.page.close();
  const { page } = await visit(context, shop.url("/pricing"));

  expect(shop.clicks.length).toBe(2);
  expect(shop.clicks[1]!.body.affiliate_url).toBe(shop.url("/?aff=A"));
  await expectOneClick(page);
});

test("a visitor who left before the answer is one click and one cookie on the next page", async () => {
  shop.tag = shop.tag.replace("async ", "");
  shop.pages["/"] = `${shop.tag}<script>location.replace("/next")</script>`;
  shop.pages["/next"] = "<h1>Next</h1>";
  const arrived = shop.requested("/api/v1/track/click");
  const leaving = await context.newPage();
  await leaving.goto(shop.url("/?aff=A"));
  await leaving.waitForURL("**/next");
  await arrived;
  const { page } = await visit(context, shop.url("/pricing"));

  await expectOneClick(page);
});

test("a phone that is offline sends when it is online again, at once", async () => {
  // The time stands still: it is not the next attempt that sends it.
  const page = await visitWithClock("/");
  await context.setOffline(true);
  await settled(page, () => page.evaluate(() => history.pushState(null, "", "/?aff=A")));
  expect(shop.clicks).toEqual([]);
  await settled(page, async () => {
    const online = page.evaluate(() => new Promise((resolve) => addEventListener("online", resolve)));
    await context.setOffline(false);
    await online;
  });

  await expectOneClick(page);
});

test.each([400, 403, 413])("a %s ends it: nothing is sent again", async (status) => {
  faults = [{ status, body: { error: "Referral link not found" } }];
  const page = await visitWithClock("/?aff=A");
  await settled(page, () => page.clock.runFor(HOUR_MS));
  await visit(context, shop.url("/pricing"));

  expect(shop.clicks.length).toBe(1);
  expect(await remembered(page)).toEqual([]);
  expect(await clickIds()).toEqual([]);
});

test("a click that waited for more than a day is dropped unsent; one of less than a day is sent", async () => {
  faults = [{ status: 500, body: {} }];
  const { page } = await visit(context, shop.url("/?aff=A"));
  // The key begins with the time.
  const age = (hours: number) =>
    page.evaluate((ms) => {
      const [key] = Object.keys(localStorage);
      localStorage.setItem(`affitor_${Number(key!.slice(8, 21)) - ms}${key!.slice(21)}`, localStorage[key!]);
      localStorage.removeItem(key!);
    }, hours * HOUR_MS);
  await age(25);
  await settled(page, () => page.goto(shop.url("/pricing")));
  expect(shop.clicks.length).toBe(1);
  expect(await remembered(page)).toEqual([]);

  faults = [{ status: 500, body: {} }];
  await settled(page, () => page.goto(shop.url("/?aff=B")));
  await age(23);
  await settled(page, () => page.goto(shop.url("/pricing")));
  expect(shop.clicks.length).toBe(3);
  await expect(clickIds()).resolves.toEqual([id(1)]);
});

test("two clicks that waited are sent in their order, and the second tells the id of the first", async () => {
  faults = Array(3).fill({ status: 500, body: {} });
  await visit(context, shop.url("/?aff=A"));
  await visit(context, shop.url("/?aff=B"));
  faults = [];
  shop.clicks.length = 0;
  await visit(context, shop.url("/pricing"));

  expect(shop.clicks.map(({ body }) => [body.affiliate_url, body.existing_click_id])).toEqual([
    [shop.url("/?aff=A"), undefined],
    [shop.url("/?aff=B"), id(1)],
  ]);
});

test("a click that never gets through does not hold up another", async () => {
  shop.answer = ({ body }) => (body.affiliate_url.includes("aff=A") ? { status: 500, body: {} } : success(2));
  await visit(context, shop.url("/?aff=A"));
  await visit(context, shop.url("/?aff=B"));

  expect(await clickIds()).toEqual([id(2)]);
});

test("a click that is answered while two pages sent it is one click", async () => {
  faults = [{ status: 500, body: {} }];
  await visit(context, shop.url("/?aff=A"));
  const [{ page }] = await Promise.all([
    visit(context, shop.url("/pricing")),
    visit(context, shop.url("/plans")),
  ]);

  await expectOneClick(page);
});

test("with a full storage the click is sent, and sent again from the page's memory", async () => {
  await context.addInitScript(() => {
    for (let size = 1_000_000, key = 0; size >= 1; key++) {
      try {
        localStorage.setItem(`filling-${key}`, "x".repeat(size));
      } catch {
        size /= 2;
      }
    }
  });
  faults = [{ status: 500, body: {} }];
  const page = await visitWithClock("/?aff=A");
  expect(await remembered(page)).toEqual([]);
  await settled(page, () => page.clock.runFor(10_000));

  expect(shop.clicks.length).toBe(2);
  await expectOneClick(page);
});

test("what other scripts keep in the storage is left alone", async () => {
  const { page } = await visit(context, shop.url("/"));
  const theirs = { "1600000000000": "a", affitor_theme: "dark", cart_1: "b", x_affitor_: "c" };
  await page.evaluate((theirs) => Object.assign(localStorage, theirs), theirs);
  await settled(page, () => page.goto(shop.url("/?aff=A")));

  expect(await page.evaluate(() => ({ ...localStorage }))).toEqual(theirs);
});
