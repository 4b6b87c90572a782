/** A visitor's way through everything that is ours: link → page → click → cookie → row in the database → counter. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Response } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type AdminApi, adminApi } from "../../scripts/admin-api.ts";
import { type Collector, openCollector } from "../../scripts/collector.ts";
import { launchBrowser } from "../support/node/browser.ts";
import { openShop, type Shop, visit } from "../support/node/shop.ts";
import { until } from "../support/node/until.ts";

const DAY_SECONDS = 86_400;
/** Of a click that is answered to its row in D1. */
const RECORDED_WITHIN_MS = 15_000;
/** A headless browser says that it is one, and the collector does not count those. */
const CHROME_ON_WINDOWS =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const DOMAIN = "shop.localhost";
const CLICK_PATH = "/api/v1/track/click";
const secrets = {
  adminToken: "admin-token-for-tests",
  clickIdSecret: "a-secret-for-tests-of-forty-characters-00",
};

interface Row {
  [column: string]: string | number | null;
}

let browser: Browser;
let context: BrowserContext;
let dataDir: string;
let collector: Collector;
let api: AdminApi;
let shop: Shop;
let programId: number;
/** Ids of the links, by code. */
let links: Map<string, number>;
/** Every answer of the collector to a click. */
let answers: Response[];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "clickferry-"));
  collector = await openCollector({ dataDir, port: 0, ...secrets });
  api = adminApi(collector.url, secrets.adminToken);
  shop = await openShop();
  await seed(["TRAILBLOG", "GEARWEEKLY"]);
  const { port } = new URL(collector.url);
  shop.tag = `<script async src="http://track.${DOMAIN}:${port}/tracker.js" data-program="${programId}"></script>`;
  context = await browser.newContext({
    userAgent: CHROME_ON_WINDOWS,
    screen: { width: 1920, height: 1080 },
    viewport: { width: 1280, height: 800 },
    locale: "en-US",
    timezoneId: "America/New_York",
  });
  answers = [];
  context.on("response", (response) => {
    if (new URL(response.url()).pathname === CLICK_PATH) answers.push(response);
  });
});
afterEach(async () => {
  await context.close();
  await shop.close();
  await collector.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** The shop's program, and for each code a partner with that link, as a manager makes them. */
async function seed(codes: string[]): Promise<void> {
  const landing_url = shop.url("/");
  const program = await api.post<{ id: number }>("/programs", {
    name: "Shop",
    domains: [DOMAIN],
    landing_url,
  });
  programId = program.id;
  links = new Map();
  for (const code of codes) {
    const partner = await api.post<{ id: number }>("/partners", { name: code });
    const link = { program_id: programId, partner_id: partner.id, code, destination_url: landing_url };
    links.set(code, (await api.post<{ id: number }>("/links", link)).id);
  }
}

/** All click events, oldest first, once there are `count` of them. */
async function recorded(count: number): Promise<Row[]> {
  const db = await collector.mf.getD1Database("DB");
  const read = () => db.prepare("SELECT * FROM affiliate_click_events ORDER BY at, id").all<Row>();
  await until(
    async () => (await read()).results.length >= count,
    RECORDED_WITHIN_MS,
    `${count} clicks in the database`,
  );
  return (await read()).results;
}

function linkOf(code: string): Promise<Row> {
  return api.get<Row>(`/links/${links.get(code)}`);
}

test("a visitor who arrives through a referral link is one click, one cookie, one row and one on the counter", async () => {
  const { faults } = await visit(context, shop.url("/pricing?aff=TRAILBLOG&gclid=g-1"));

  expect(faults).toEqual([]);
  expect(answers.map((answer) => [answer.request().method(), answer.status()])).toEqual([["POST", 200]]);
  const answer = await answers[0]!.json();
  expect(answer).toMatchObject({
    success: true,
    click_id: expect.stringMatching(/^cust_[0-9a-f]{32}_\d{13}$/),
    partner_code: "TRAILBLOG",
    cookie_window_days: 60,
  });

  const cookies = Object.fromEntries((await context.cookies()).map((cookie) => [cookie.name, cookie]));
  expect(Object.keys(cookies).sort()).toEqual(["affitor_aff_url", "affitor_click_id", "affitor_click_ids"]);
  expect(cookies.affitor_click_id!.value).toBe(answer.click_id);
  expect(decodeURIComponent(cookies.affitor_aff_url!.value)).toBe(
    shop.url("/pricing?aff=TRAILBLOG&gclid=g-1"),
  );
  for (const cookie of Object.values(cookies)) {
    expect(cookie).toMatchObject({
      domain: `.${DOMAIN}`,
      path: "/",
      sameSite: "Lax",
      httpOnly: false,
      secure: false,
    });
    expect((cookie.expires - Date.now() / 1000) / DAY_SECONDS).toBeCloseTo(60, 1);
  }

  const link = await linkOf("TRAILBLOG");
  expect(await recorded(1)).toEqual([
    expect.objectContaining({
      customer_id: answer.click_id.split("_")[1],
      dialect: "affitor",
      program_id: programId,
      link_id: link.id,
      partner_id: link.partner_id,
      is_unique: 1,
      is_bot: 0,
      affiliate_url: shop.url("/pricing?aff=TRAILBLOG&gclid=g-1"),
      page_url: shop.url("/pricing"),
      page_title: "Pricing — Shop",
      params: JSON.stringify({ gclid: "g-1" }),
      screen_resolution: "1920x1080",
      viewport_size: "1280x800",
      language: "en-US",
      timezone: "America/New_York",
      user_agent: CHROME_ON_WINDOWS,
      device_type: "PC",
      os: "Windows",
      browser: "Chrome",
    }),
  ]);
  expect(await linkOf("TRAILBLOG")).toMatchObject({ clicks: 1, unique_clicks: 1, bot_clicks: 0 });
});

test("a second partner's link is a second click of the same customer", async () => {
  await visit(context, shop.url("/?aff=TRAILBLOG"));
  await visit(context, shop.url("/?aff=GEARWEEKLY"));

  const [first, second] = await Promise.all(answers.map((answer) => answer.json()));
  expect(second.click_id).toBe(first.click_id);
  const rows = await recorded(2);
  expect(new Set(rows.map((row) => row.customer_id)).size).toBe(1);
  expect(await linkOf("TRAILBLOG")).toMatchObject({ clicks: 1 });
  expect(await linkOf("GEARWEEKLY")).toMatchObject({ clicks: 1 });
});

test("where the edge says that a visitor is, stands with the click", async () => {
  const response = await fetch(`${collector.url}${CLICK_PATH}`, {
    method: "POST",
    headers: {
      "User-Agent": CHROME_ON_WINDOWS,
      "MF-CF-Blob": JSON.stringify({
        continent: "EU",
        country: "DE",
        region: "Hamburg",
        regionCode: "HH",
        city: "Hamburg",
        postalCode: "20095",
        timezone: "Europe/Berlin",
        asn: 3320,
        asOrganization: "Deutsche Telekom AG",
      }),
    },
    body: JSON.stringify({ affiliate_url: shop.url("/?aff=TRAILBLOG") }),
  });
  expect(response.status).toBe(200);

  expect(await recorded(1)).toMatchObject([
    {
      continent: "EU",
      country: "DE",
      region: "Hamburg",
      region_code: "HH",
      city: "Hamburg",
      postal_code: "20095",
      geo_timezone: "Europe/Berlin",
      asn: 3320,
      as_organization: "Deutsche Telekom AG",
    },
  ]);
});

test("with no cookies at all the click is counted and the page is unharmed", async () => {
  await context.addInitScript(
    "Object.defineProperty(Document.prototype, 'cookie', { get() { throw new DOMException('denied', 'SecurityError') }, set() { throw new DOMException('denied', 'SecurityError') } })",
  );
  const { page, faults } = await visit(context, shop.url("/?aff=TRAILBLOG"));

  expect(faults).toEqual([]);
  expect(await page.textContent("h1")).toBe("Pricing");
  expect(await recorded(1)).toMatchObject([{ is_bot: 0 }]);
});

test("a collector that is blocked leaves the page unharmed and sets no cookie", async () => {
  let blocked = 0;
  await context.route(`**${CLICK_PATH}`, (route) => {
    blocked++;
    return route.abort("blockedbyclient");
  });
  const { page, faults } = await visit(context, shop.url("/?aff=TRAILBLOG"));

  expect(blocked).toBe(1);
  expect(faults).toEqual([]);
  expect(await page.textContent("h1")).toBe("Pricing");
  expect(await context.cookies()).toEqual([]);
});

test("a collector that fails leaves the page unharmed and sets no cookie", async () => {
  const db = await collector.mf.getD1Database("DB");
  await db.exec("ALTER TABLE referral_links RENAME TO referral_links_away");
  const { page, faults } = await visit(context, shop.url("/?aff=TRAILBLOG"));

  expect(answers.map((answer) => answer.status())).toEqual([500]);
  expect(faults).toEqual([]);
  expect(await page.textContent("h1")).toBe("Pricing");
  expect(await context.cookies()).toEqual([]);
});
