/** People who arrived are counted, each arrival once; pages that are shown again are not. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type {} from "../../tracker/init.ts";
import {
  installedChromium,
  launchBrowser,
  launchInstalledChromium,
  openUnwatched,
} from "../support/node/browser.ts";
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
  context = await browser.newContext();
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  await shop.close();
});

const id = (n: number): string => (success(n).body as { click_id: string }).click_id;
const affs = (): (string | null)[] =>
  shop.clicks.map(({ body }) => new URL(body.affiliate_url).searchParams.get("aff"));

const open = (url: string) => settled(page, () => page.goto(url));
const reload = () => settled(page, () => page.reload());
const back = () => settled(page, () => page.goBack());
const forward = () => settled(page, () => page.goForward());

/** Puts a link on the page that is open, and follows it as a visitor does: with a referrer. */
async function follow(href: string, attributes: Record<string, string> = {}): Promise<void> {
  await page.evaluate(
    ([href, attributes]) => {
      const link = Object.assign(document.createElement("a"), { href, textContent: "go", id: "go" });
      for (const [name, value] of Object.entries(attributes)) link.setAttribute(name, value);
      document.body.append(link);
    },
    [href, attributes] as const,
  );
  await settled(page, async () => {
    const loaded = page.waitForEvent("load");
    await page.click("#go");
    await loaded;
  });
}

test("a reload is no new click, however often", async () => {
  await open(shop.url("/?aff=A"));
  await reload();
  await reload();

  expect(affs()).toEqual(["A"]);
});

test("back and forward are no new click where the pages are loaded anew", async () => {
  await open(shop.url("/?aff=A"));
  await open(shop.url("/", "blog.example"));
  await back();
  await forward();
  await back();

  expect(affs()).toEqual(["A"]);
});

test("moving on inside the site with ?aff= still in the address is no new click", async () => {
  await open(shop.url("/?aff=A"));
  await follow(shop.url("/pricing?aff=A"));
  await follow(shop.url("/plans?aff=A", "www.shop.localhost"));

  expect(affs()).toEqual(["A"]);
});

test("moving on to a section of the page is no new click", async () => {
  await open(shop.url("/?aff=A"));
  await settled(page, () => page.goto(shop.url("/?aff=A#reviews")));

  expect(affs()).toEqual(["A"]);
});

test("an internal link with ?aff= that is opened in a new tab is no new click", async () => {
  await open(shop.url("/?aff=A"));
  const opened = context.waitForEvent("page");
  await page.evaluate((href) => {
    const link = Object.assign(document.createElement("a"), { href, target: "_blank", rel: "noopener" });
    document.body.append(link);
    link.click();
  }, shop.url("/pricing?aff=A"));
  const tab = await opened;
  await settled(tab, () => tab.waitForLoadState());

  expect(affs()).toEqual(["A"]);
});

test("an internal link with a part of what the landing had is no new click, in the same tab or in a new one", async () => {
  await open(shop.url("/?aff=A&avad=7_x"));
  await follow(shop.url("/product?avad=7_x"));
  const opened = context.waitForEvent("page");
  await page.evaluate((href) => {
    const link = Object.assign(document.createElement("a"), { href, target: "_blank", rel: "noopener" });
    document.body.append(link);
    link.click();
  }, shop.url("/pricing?avad=7_x"));
  const tab = await opened;
  await settled(tab, () => tab.waitForLoadState());

  expect(shop.clicks.map(({ body }) => body.affiliate_url)).toEqual([shop.url("/?aff=A&avad=7_x")]);
});

test("a site whose name only ends alike is another site: arriving from it is a click again", async () => {
  await open(shop.url("/?aff=A", "shop.example"));
  await open(shop.url("/", "notshop.example"));
  await follow(shop.url("/?aff=A", "shop.example"));

  expect(affs()).toEqual(["A", "A"]);
});

test("arriving again through the same link is a new click", async () => {
  await open(shop.url("/", "blog.example"));
  await follow(shop.url("/?aff=A"));
  await open(shop.url("/", "blog.example"));
  await follow(shop.url("/?aff=A"));

  expect(affs()).toEqual(["A", "A"]);
});

test("arriving again is a new click where the partner's site tells no referrer", async () => {
  for (let i = 0; i < 2; i++) {
    await open(shop.url("/", "blog.example"));
    await follow(shop.url("/?aff=A"), { rel: "noreferrer" });
  }

  expect(shop.clicks.map(({ body }) => body.referrer_url)).toEqual(["", ""]);
  expect(affs()).toEqual(["A", "A"]);
});

test("a second partner's link is a new click that tells the click id from before", async () => {
  await open(shop.url("/?aff=A"));
  await open(shop.url("/?aff=B"));

  expect(affs()).toEqual(["A", "B"]);
  expect(shop.clicks[1]!.body.existing_click_id).toBe(id(1));
});

test("a second partner's link inside the site is a new click, and going back to the first is none", async () => {
  await open(shop.url("/?aff=A"));
  await follow(shop.url("/?aff=B"));
  await back();
  await forward();

  expect(affs()).toEqual(["A", "B"]);
});

test("a partner whose code begins like another's is another partner", async () => {
  await open(shop.url("/?aff=AB"));
  await follow(shop.url("/?aff=A"));

  expect(affs()).toEqual(["AB", "A"]);
});

test("a reload before the tracker ran loses nothing", async () => {
  // The first time the script does not come.
  await context.route("**/tracker.js", (route) => route.abort(), { times: 1 });
  await open(shop.url("/?aff=A"));
  expect(shop.clicks).toEqual([]);
  await reload();

  expect(affs()).toEqual(["A"]);
});

test("a redirect by script before the tracker ran loses nothing", async () => {
  shop.pages["/"] = `<script>location.replace("/en" + location.search)</script>`;
  await settled(page, async () => {
    await page.goto(shop.url("/?aff=A"));
    await page.waitForURL("**/en?aff=A");
  });

  expect(affs()).toEqual(["A"]);
});

test("a page that says that it is prerendered sends nothing until it is activated, and then one click", async () => {
  await context.addInitScript(() => {
    Object.defineProperty(document, "prerendering", { value: true, configurable: true });
  });
  await open(shop.url("/?aff=A"));
  expect(shop.clicks).toEqual([]);
  expect(await page.evaluate(() => window.affitor!.loaded)).toBe(true);

  await settled(page, () =>
    page.evaluate(() => {
      Object.defineProperty(document, "prerendering", { value: false });
      document.dispatchEvent(new Event("prerenderingchange"));
    }),
  );
  expect(affs()).toEqual(["A"]);
});

const where = installedChromium
  ? "in a whole Chromium"
  : "in a whole Chromium: skipped, for none is installed (Debian: chromium)";

describe.skipIf(!installedChromium)(where, () => {
  let whole: Browser;

  beforeAll(async () => {
    whole = await launchInstalledChromium();
  });
  afterAll(() => whole.close());
  beforeEach(async () => {
    await context.close();
    context = await whole.newContext();
    page = await context.newPage();
  });

  test("back and forward out of the back-forward cache are no new click", async () => {
    await context.addInitScript(() => {
      addEventListener("pageshow", (event) => {
        (window as unknown as { cached: boolean }).cached = event.persisted;
      });
    });
    await open(shop.url("/?aff=A"));
    await open(shop.url("/", "blog.example"));
    // A page out of the cache does not load again, which is what Playwright would wait for.
    await settled(page, () => page.goBack({ waitUntil: "commit" }));
    expect(await page.evaluate(() => (window as unknown as { cached: boolean }).cached)).toBe(true);
    await settled(page, () => page.goForward({ waitUntil: "commit" }));
    await settled(page, () => page.goBack({ waitUntil: "commit" }));

    expect(affs()).toEqual(["A"]);
  });

  test("a prerendered page sends nothing until the visitor comes to it", async () => {
    shop.tag = shop.tag.replace("async ", "");
    shop.html = `{tag}<script>localStorage.setItem("prerendering", document.prerendering)</script>`;
    shop.pages["/from"] =
      `<script type="speculationrules">{"prerender":[{"urls":["/?aff=A"],"eagerness":"immediate"}]}</script>
      <script>
        addEventListener("storage", async ({ newValue }) => {
          await fetch("/prerendering-" + newValue);
          location.href = "/?aff=A";
        });
      </script>`;
    const arrived = shop.requested("/api/v1/track/click");
    const end = await openUnwatched(shop.url("/from"));
    await arrived;
    await end();

    const order = shop.paths.filter((path) => /click|prerendering/.test(path));
    expect(order).toEqual(["/prerendering-true", "/api/v1/track/click"]);
    expect(affs()).toEqual(["A"]);
  });
});
