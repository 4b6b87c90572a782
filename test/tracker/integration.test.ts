/** What a page's own scripts, tag managers and Affitor's package see of the tracker. */
import { build } from "esbuild";
import type { Browser, BrowserContext, ConsoleMessage, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type {} from "../../tracker/init.ts";
import { launchBrowser } from "../support/node/browser.ts";
import { openShop, type Shop, settled, settledWithMore, success } from "../support/node/shop.ts";

let browser: Browser;
let context: BrowserContext;
let page: Page;
let faults: string[];
let shop: Shop;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  shop = await openShop();
  context = await browser.newContext();
  page = await context.newPage();
  faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
});
afterEach(async () => {
  await context.close();
  await shop.close();
});

const id = (n: number): string => (success(n).body as { click_id: string }).click_id;
const open = (path: string) => settled(page, () => page.goto(shop.url(path)));
const data = () => page.evaluate(() => window.affitor!.getData());

test("window.affitor says what is known, before and after a click", async () => {
  await open("/");
  expect(await data()).toEqual({
    clickId: null,
    programId: 1,
    hasAttribution: false,
    affiliateUrl: null,
  });

  await open("/?aff=A");
  const after = {
    clickId: id(1),
    programId: 1,
    hasAttribution: true,
    affiliateUrl: shop.url("/?aff=A"),
  };
  expect(await data()).toEqual(after);
  const seen = await page.evaluate(() => {
    const { loaded, clickId, affiliateUrl, hasAffiliateAttribution, debugMode, programId } = window.affitor!;
    const asked = window.affitor!.getClickId();
    return { loaded, clickId, affiliateUrl, hasAffiliateAttribution, debugMode, programId, asked };
  });
  expect(seen).toEqual({
    loaded: true,
    clickId: after.clickId,
    affiliateUrl: after.affiliateUrl,
    hasAffiliateAttribution: true,
    debugMode: false,
    programId: 1,
    asked: after.clickId,
  });
});

test("a cookie that a server or another page changed is seen at once", async () => {
  await open("/?aff=A");
  await context.clearCookies();

  expect(await data()).toMatchObject({ clickId: null, hasAttribution: false });
});

test("calls that were queued before the tracker came are made, in order, and later ones at once", async () => {
  shop.html = `<script>window.affitorQueue = [["init", { programId: 5 }], ["nope", 1], null, ["trackTest"]]</script>{tag}`;
  await open("/?aff=A");
  // In the same millisecond either may be the first.
  expect(shop.clicks.map(({ body: { additional_data } }) => additional_data)).toEqual(
    expect.arrayContaining([
      { program_id: 5, test_mode: true, event_id: expect.anything() },
      { program_id: 5, test_mode: false, event_id: expect.anything() },
    ]),
  );

  await settled(page, () =>
    page.evaluate(() => window.affitorQueue!.push(["trackTest", { message: "hello" }])),
  );
  expect(shop.clicks[2]!.body.additional_data).toMatchObject({ program_id: 5, test_mode: true });
  expect(faults).toEqual([]);
});

test("a tag manager hears of the click with the collector's answer", async () => {
  await context.addInitScript(() => {
    addEventListener("affitor:click", (event) => {
      const heard = window as unknown as { heard?: unknown[] };
      heard.heard = [...(heard.heard ?? []), (event as CustomEvent).detail, window.affitor!.clickId];
    });
  });
  await open("/?aff=A");

  const heard = await page.evaluate(() => (window as unknown as { heard: unknown[] }).heard);
  expect(heard).toEqual([success(1).body, id(1)]);
});

test("?affitor_test=1 makes a test event: no cookie, nothing counted", async () => {
  shop.answer = () => ({ body: { success: true, data: { eventId: 101, programId: 1, test_mode: true } } });
  await open("/?aff=A&affitor_test=1");
  await open("/pricing?affitor_test=1");

  expect(shop.clicks.map(({ body }) => body.additional_data.test_mode)).toEqual([true, true]);
  expect(await context.cookies()).toEqual([]);
  expect(await page.evaluate(() => ({ ...localStorage }))).toEqual({});
});

test("trackTest sends a test event of a page without a referral", async () => {
  shop.answer = () => ({ body: { success: true, data: { eventId: 101, programId: 1, test_mode: true } } });
  await open("/pricing");
  await settled(page, () => page.evaluate(() => window.affitor!.trackTest()));

  expect(shop.clicks.map(({ body }) => [body.affiliate_url, body.additional_data.test_mode])).toEqual([
    [shop.url("/pricing"), true],
  ]);
});

test.each([
  ["twice", (tag: string) => tag + tag],
  [
    "under both of its names",
    (tag: string) =>
      tag +
      tag.replace("/tracker.js", "/js/affitor-tracker.js").replace("data-program", "data-affitor-program-id"),
  ],
  ["twice, as modules", (tag: string) => tag.replace("async", 'type="module"').repeat(2)],
])("included %s it is one click", async (_, twice) => {
  shop.html = `<h1>Pricing</h1>${twice(shop.tag)}`;
  await open("/?aff=A");

  expect(shop.clicks.length).toBe(1);
  expect(faults).toEqual([]);
});

test("an element that is called affitor does not keep the tracker away", async () => {
  shop.html = `<h1 id="affitor">Pricing</h1>{tag}`;
  await open("/?aff=A");

  expect(shop.clicks.length).toBe(1);
});

/** Opens a page, or the one that is open again, and collects what the tracker says in the console. */
async function said(path = ""): Promise<string[]> {
  const lines: string[] = [];
  const listen = (message: ConsoleMessage) => lines.push(message.text());
  page.on("console", listen);
  await settledWithMore(page, shop, () => (path ? page.goto(shop.url(path)) : page.reload()));
  page.off("console", listen);
  return lines.map((line) => line.replace("[Clickferry] ", ""));
}

test.each([
  ["data-debug", "/?aff=A", "data-debug"],
  ['data-debug="true"', "/?aff=A", 'data-debug="true"'],
  ['data-affitor-debug="true"', "/?aff=A", 'data-affitor-debug="true"'],
  ["?affitor_debug=1", "/?aff=A&affitor_debug=1", ""],
])("%s explains every decision in the console", async (_, path, attribute) => {
  shop.tag = shop.tag.replace("<script", `<script ${attribute}`);
  const lines = (await said(path)).join("\n");

  expect(lines).toMatch(/allowed to store/);
  expect(lines).toMatch(/a click: remembered/);
  expect(lines).toMatch(/answered/);
  expect(await page.evaluate(() => window.affitor!.debugMode)).toBe(true);
  expect((await said()).join("\n")).toMatch(/no new click: aff=A was counted before/);
});

test("naming the program after the fact leaves the explanations as they are", async () => {
  shop.tag = shop.tag.replace("<script", "<script data-debug");
  await open("/");
  const debugModes = await page.evaluate(() => {
    const { affitor } = window;
    affitor!.init({ programId: 5 });
    const kept = affitor!.debugMode;
    affitor!.init({ debug: false });
    return [kept, affitor!.debugMode];
  });

  expect(debugModes).toEqual([true, false]);
});

test("it explains why nothing happens, too", async () => {
  shop.tag = shop.tag.replace("<script", "<script data-debug");
  expect((await said("/")).join("\n")).toMatch(/no landing/);

  shop.answer = () => ({ status: 400, body: { error: "Referral link not found" } });
  expect((await said("/?aff=A")).join("\n")).toMatch(/refused with status 400/);

  shop.answer = () => ({ status: 500, body: {} });
  expect((await said("/?aff=B")).join("\n")).toMatch(/not answered: it is sent again/);

  const lines: string[] = [];
  page.on("console", (message) => lines.push(message.text()));
  await page.evaluate(() => window.affitor!.consent(false));
  expect(lines.join("\n")).toMatch(/not allowed to store/);
});

test("it explains what waits for the visitor's yes, on arrival and in an app's own moves", async () => {
  shop.tag = shop.tag.replace("<script", '<script data-debug data-consent="required"');
  expect((await said("/?aff=A")).join("\n")).toMatch(
    /not allowed to store[\s\S]*aff=A waits for affitor\.consent/,
  );

  const lines: string[] = [];
  page.on("console", (message) => lines.push(message.text()));
  await page.evaluate(() => history.pushState(null, "", "/plans?aff=B"));
  expect(lines.join("\n")).toMatch(/aff=B waits for affitor\.consent/);

  await settled(page, () => page.evaluate(() => window.affitor!.consent(true)));
  await page.evaluate(() => history.pushState(null, "", "/plans?aff=C"));
  expect(lines.join("\n")).not.toMatch(/aff=C waits/);
});

test("it explains that a prerendered page waits until somebody looks at it", async () => {
  await context.addInitScript(() => Object.defineProperty(document, "prerendering", { value: true }));
  shop.tag = shop.tag.replace("<script", "<script data-debug");

  expect((await said("/?aff=A")).join("\n")).toMatch(/prerendered/);
  expect(shop.clicks).toEqual([]);
});

test("it explains why another domain's click id is not taken over", async () => {
  shop.tag = shop.tag.replace("<script", '<script data-debug data-domains="checkout.example"');
  await open("/?aff=A");

  expect((await said(`/?affitor_click_id=${id(9)}`)).join("\n")).toMatch(/left the click id in the address/);
});

test.each(["", 'data-debug="false"'])(
  "without it (%s) nothing is said and no second file is loaded",
  async (attribute) => {
    const lines: string[] = [];
    page.on("console", (message) => lines.push(message.text()));
    shop.tag = shop.tag.replace("<script", `<script ${attribute}`);
    await open("/?aff=A");

    expect(lines).toEqual([]);
    expect(shop.paths).not.toContain("/tracker-more.js");
  },
);

test("Affitor's own package loads our file and gets the instance that its types promise", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { loadAffitor } from "@affitor/tracker"; window.loadAffitor = loadAffitor;`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: "iife",
  });
  shop.html = `<h1>Pricing</h1><script>${outputFiles[0]!.text}</script>`;
  await settled(page, async () => {
    await page.goto(shop.url("/?aff=A"));
    await page.evaluate(async (scriptUrl) => {
      const { loadAffitor } = window as unknown as {
        loadAffitor: typeof import("@affitor/tracker").loadAffitor;
      };
      const affitor = await loadAffitor("59", { scriptUrl, debug: true });
      Object.assign(window, { given: affitor, again: await loadAffitor("59") });
    }, `http://track.shop.localhost:${shop.port}/js/affitor-tracker.js`);
  });

  expect(shop.clicks.map(({ body }) => body.additional_data.program_id)).toEqual([59]);
  const instance = await page.evaluate(() => {
    const { given, again, affitor } = window as unknown as Record<
      string,
      import("@affitor/tracker").AffitorInstance
    >;
    const { loaded, programId, debugMode, clickId, affiliateUrl, hasAffiliateAttribution } = given!;
    given!.init({ programId: 60 });
    return {
      same: given === affitor && again === affitor,
      values: { loaded, programId, debugMode, clickId, affiliateUrl, hasAffiliateAttribution },
      data: given!.getData(),
      clickId: given!.getClickId(),
      trackTest: typeof given!.trackTest,
    };
  });
  expect(instance).toEqual({
    same: true,
    values: {
      loaded: true,
      programId: 59,
      debugMode: true,
      clickId: id(1),
      affiliateUrl: shop.url("/?aff=A"),
      hasAffiliateAttribution: true,
    },
    data: { clickId: id(1), programId: 60, hasAttribution: true, affiliateUrl: shop.url("/?aff=A") },
    clickId: id(1),
    trackTest: "function",
  });
  expect(faults).toEqual([]);
});
