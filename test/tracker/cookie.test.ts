import type { Browser, BrowserContext, Cookie } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { buildTracker } from "../../scripts/build.ts";
import type {} from "../../tracker/init.ts";
import { launchBrowser } from "../support/node/browser.ts";
import { openShop, type Shop, success, visit } from "../support/node/shop.ts";

const DAY_SECONDS = 86_400;

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

const id = (n: number): string => (success(n).body as { click_id: string }).click_id;

async function cookies(): Promise<Record<string, Cookie>> {
  return Object.fromEntries((await context.cookies()).map((cookie) => [cookie.name, cookie]));
}

test("the click id, its list and the landing's address are kept for the answer's window, for the whole site", async () => {
  shop.answer = () => success(1, 30);
  await visit(context, shop.url("/pricing?aff=X&q=ä+b"));

  const kept = await cookies();
  expect(Object.keys(kept).sort()).toEqual(["affitor_aff_url", "affitor_click_id", "affitor_click_ids"]);
  expect(kept.affitor_click_id!.value).toBe(id(1));
  expect(kept.affitor_click_ids!.value).toBe(id(1));
  expect(kept.affitor_aff_url!.value).toBe(encodeURIComponent(shop.url("/pricing?aff=X&q=%C3%A4+b")));
  for (const cookie of Object.values(kept)) {
    expect(cookie).toMatchObject({
      domain: ".shop.localhost",
      path: "/",
      sameSite: "Lax",
      secure: false,
      httpOnly: false,
    });
    expect(cookie.expires / DAY_SECONDS - Date.now() / 1000 / DAY_SECONDS).toBeCloseTo(30, 2);
  }
});

// A browser refuses a cookie of more than 4 KB, and the partner's before stayed.
test("a landing with a long address takes the place of the one before, by its beginning", async () => {
  await visit(context, shop.url("/?aff=A"));
  const url = shop.url(`/?aff=B&gclid=${"x".repeat(4000)}`);
  await visit(context, url);

  const kept = (await cookies()).affitor_aff_url!.value;
  expect(decodeURIComponent(kept)).toBe(url.slice(0, 2000));
});

test.each([
  ["www.shop.co.uk", ".shop.co.uk", "the broadest domain that is no public suffix"],
  ["a.b.shop.example", ".shop.example", "above several subdomains"],
  ["shop.github.io", ".shop.github.io", "no wider than one customer of a shared host"],
  ["localhost", "localhost", "host-only"],
  ["127.0.0.1", "127.0.0.1", "host-only"],
])("on %s the cookies are set for %s: %s", async (host, domain) => {
  await visit(context, shop.url("/?aff=X", host));

  const kept = await context.cookies();
  expect(kept.length).toBe(3);
  expect(new Set(kept.map((cookie) => cookie.domain))).toEqual(new Set([domain]));
});

test("on https the cookies are Secure", async () => {
  const { code } = await buildTracker();
  await context.route("https://www.shop.example/**", (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<script src="https://track.shop.example/tracker.js"></script>`,
    }),
  );
  await context.route("https://track.shop.example/tracker.js", (route) =>
    route.fulfill({ contentType: "text/javascript", body: code }),
  );
  await context.route("https://track.shop.example/api/**", (route) =>
    route.fulfill({
      json: success(1).body,
      headers: {
        "Access-Control-Allow-Origin": "https://www.shop.example",
        "Access-Control-Allow-Credentials": "true",
      },
    }),
  );
  await visit(context, "https://www.shop.example/?aff=X");

  expect((await context.cookies()).map(({ secure, domain }) => ({ secure, domain }))).toEqual(
    Array(3).fill({ secure: true, domain: ".shop.example" }),
  );
});

test("a second landing tells the id it has, keeps the new one, and lists both, newest last", async () => {
  await visit(context, shop.url("/?aff=A"));
  await visit(context, shop.url("/?aff=B"));

  expect(shop.clicks.map(({ body }) => body.existing_click_id)).toEqual([undefined, id(1)]);
  const kept = await cookies();
  expect(kept.affitor_click_id!.value).toBe(id(2));
  expect(kept.affitor_click_ids!.value).toBe(`${id(1)}|${id(2)}`);
  expect(decodeURIComponent(kept.affitor_aff_url!.value)).toBe(shop.url("/?aff=B"));
});

test("an id that is returned again is listed once, as the newest, and its window begins anew", async () => {
  const ids = `${id(1)}|${id(2)}`;
  await context.addCookies(
    [
      ["affitor_click_id", id(1)],
      ["affitor_click_ids", ids],
    ].map(([name, value]) => ({
      name: name!,
      value: value!,
      domain: ".shop.localhost",
      path: "/",
      expires: Date.now() / 1000 + DAY_SECONDS,
    })),
  );
  shop.answer = () => success(1);
  await visit(context, shop.url("/?aff=A"));

  const kept = await cookies();
  expect(kept.affitor_click_ids!.value).toBe(`${id(2)}|${id(1)}`);
  expect(kept.affitor_click_id!.expires / DAY_SECONDS - Date.now() / 1000 / DAY_SECONDS).toBeCloseTo(60, 2);
});

test("at most twenty ids are listed; the oldest goes first", async () => {
  const twenty = Array.from({ length: 20 }, (_, n) => id(100 + n));
  await context.addCookies([{ name: "affitor_click_ids", value: twenty.join("|"), url: shop.url("/") }]);
  await visit(context, shop.url("/?aff=A"));

  expect((await cookies()).affitor_click_ids!.value).toBe([...twenty.slice(1), id(1)].join("|"));
});

/** What another script set for this host alone, under our names. */
const forThisHost = (host: string) =>
  context.addCookies(
    [
      ["affitor_click_id", "cust_42_1714000000000"],
      ["affitor_click_ids", "cust_41_1713000000000|cust_42_1714000000000"],
      ["affitor_aff_url", encodeURIComponent("https://shop.example/?aff=OLD")],
    ].map(([name, value]) => ({ name: name!, value: value!, url: shop.url("/", host) })),
  );
/** What this script set for the site. */
const forTheSite = () =>
  context.addCookies(
    [
      ["affitor_click_id", id(9)],
      ["affitor_click_ids", `${id(8)}|${id(9)}`],
    ].map(([name, value]) => ({ name: name!, value: value!, domain: ".shop.localhost", path: "/" })),
  );
const THEIRS = ["cust_41_1713000000000", "cust_42_1714000000000"];

test.each<[string, () => Promise<void>, string[]]>([
  ["on a first landing", () => forThisHost("www.shop.localhost"), THEIRS],
  [
    "that are older than ours",
    async () => {
      await forThisHost("www.shop.localhost");
      await forTheSite();
    },
    [...THEIRS, id(8), id(9)],
  ],
  [
    "that are newer than ours",
    async () => {
      await forTheSite();
      await forThisHost("www.shop.localhost");
    },
    [id(8), id(9), ...THEIRS],
  ],
])(
  "another script's cookies of this host alone, %s, give way, and no id is lost",
  async (_, prepare, ids) => {
    await prepare();
    const { page } = await visit(context, shop.url("/?aff=A", "www.shop.localhost"));

    expect((await context.cookies()).map(({ name, domain }) => `${name} ${domain}`).sort()).toEqual([
      "affitor_aff_url .shop.localhost",
      "affitor_click_id .shop.localhost",
      "affitor_click_ids .shop.localhost",
    ]);
    expect(await page.evaluate(() => window.affitor!.getData())).toMatchObject({
      clickId: id(1),
      affiliateUrl: shop.url("/?aff=A", "www.shop.localhost"),
    });
    expect((await cookies()).affitor_click_ids!.value).toBe([...ids, id(1)].join("|"));
  },
);

test("on localhost, where all cookies are of the host alone, a second landing loses no id", async () => {
  await visit(context, shop.url("/?aff=A", "localhost"));
  await visit(context, shop.url("/?aff=B", "localhost"));

  const kept = await cookies();
  expect(kept.affitor_click_id!.value).toBe(id(2));
  expect(kept.affitor_click_ids!.value).toBe(`${id(1)}|${id(2)}`);
});

test("a customer_code from an older integration is told as the existing click id", async () => {
  await context.addCookies([{ name: "customer_code", value: "cust_42_1715000000000", url: shop.url("/") }]);
  await visit(context, shop.url("/?aff=A"));

  expect(shop.clicks[0]!.body.existing_click_id).toBe("cust_42_1715000000000");
});

test("a cookie that the collector set with its answer is left as it is", async () => {
  shop.answer = () => ({
    body: { ...(success(1).body as object), cookie_set: true },
    headers: {
      "Set-Cookie": `affitor_click_id=${id(1)}; Domain=shop.localhost; Path=/; Max-Age=${90 * DAY_SECONDS}`,
    },
  });
  await visit(context, shop.url("/?aff=A"));

  const { affitor_click_id, affitor_click_ids, affitor_aff_url } = await cookies();
  expect(affitor_click_id).toMatchObject({ value: id(1), domain: ".shop.localhost" });
  expect(affitor_click_id!.expires / DAY_SECONDS - Date.now() / 1000 / DAY_SECONDS).toBeCloseTo(90, 2);
  // What the collector does not set is kept all the same.
  expect(affitor_click_ids!.value).toBe(id(1));
  expect(decodeURIComponent(affitor_aff_url!.value)).toBe(shop.url("/?aff=A"));
});

test("a second landing leaves it as well: the script writes none of its own", async () => {
  shop.answer = () => ({
    body: { ...(success(1).body as object), cookie_set: true },
    headers: {
      "Set-Cookie": `affitor_click_id=${id(1)}; Domain=shop.localhost; Path=/; Max-Age=${90 * DAY_SECONDS}`,
    },
  });
  await visit(context, shop.url("/?aff=A"));
  await context.addInitScript(() => {
    const written: string[] = [];
    Object.assign(window, { written });
    const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, "cookie")!;
    Object.defineProperty(document, "cookie", {
      get() {
        return get!.call(document);
      },
      set(line) {
        written.push(line);
        set!.call(document, line);
      },
    });
  });
  const { page } = await visit(context, shop.url("/?aff=B"));

  const written = await page.evaluate(() => (window as unknown as { written: string[] }).written);
  const valued = written.map((line) => /^(affitor_click\w*|affitor_aff\w*)=[^;]/.exec(line)?.[1]);
  expect(valued.filter(Boolean)).toEqual(["affitor_click_ids", "affitor_aff_url"]);
  const { affitor_click_id } = await cookies();
  expect(affitor_click_id!.expires / DAY_SECONDS - Date.now() / 1000 / DAY_SECONDS).toBeCloseTo(90, 2);
  expect(shop.clicks[1]!.body.existing_click_id).toBe(id(1));
});

test("another script's cookie of this host alone gives way to the collector's", async () => {
  await forThisHost("shop.localhost");
  shop.answer = () => ({
    body: { ...(success(1).body as object), cookie_set: true },
    headers: { "Set-Cookie": `affitor_click_id=${id(1)}; Domain=shop.localhost; Path=/; Max-Age=8640000` },
  });
  const { page } = await visit(context, shop.url("/?aff=A"));

  expect(await page.evaluate(() => window.affitor!.getClickId())).toBe(id(1));
  const ids = (await context.cookies()).filter(({ name }) => name === "affitor_click_id");
  expect(ids.map(({ value, domain }) => [value, domain])).toEqual([[id(1), ".shop.localhost"]]);
});

test("without a window in the answer the cookies last for the browser session", async () => {
  shop.answer = () => ({ body: { success: true, click_id: id(1) } });
  await visit(context, shop.url("/?aff=A"));

  expect((await context.cookies()).map(({ expires }) => expires)).toEqual([-1, -1, -1]);
});

test.each<[string, Shop["answer"]]>([
  ["an inactive link", () => ({ body: { success: false, message: "Referral link is inactive" } })],
  ["an unknown link", () => ({ status: 400, body: { error: "Referral link not found" } })],
  ["a failing collector", () => ({ status: 500, body: { error: "Click tracking failed" } })],
  [
    "a test event",
    () => ({ body: { success: true, data: { eventId: 101, programId: 1, test_mode: true } } }),
  ],
])("%s leaves no cookie", async (_, answer) => {
  shop.answer = answer;
  await visit(context, shop.url("/?aff=A"));

  expect(shop.clicks.length).toBe(1);
  expect(await context.cookies()).toEqual([]);
});
