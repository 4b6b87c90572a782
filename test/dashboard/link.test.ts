import type { BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { sendClick } from "../support/node/click-load.ts";
import {
  accessibilityFaults,
  type DashboardDemo,
  openDashboardDemo,
  signedIn,
  type Watched,
  watchedPage,
} from "../support/node/dashboard.ts";
import { until } from "../support/node/until.ts";

const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1";
const CRAWLER = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)";
const HOSTILE = '<img src=x onerror="document.title=1">';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CLICKS = 24;
const BOTS = 2;

let demo: DashboardDemo;
let context: BrowserContext;
let watched: Watched;
let page: Page;
let link: number;
let shop: string;

beforeAll(async () => {
  demo = await openDashboardDemo();
  shop = `http://shop.localhost:${demo.shop.port}`;
  link = demo.demo.links[0]!.id;
  await click(CHROME, "US", "Austin", "/");
  for (let i = 1; i < CLICKS; i++)
    await click(i % 4 ? CHROME : IPHONE, "DE", "Berlin", `/products/${i % 12}`);
  for (let i = 0; i < BOTS; i++) await click(CRAWLER, "US", "Ashburn", "/");
  await until(async () => (await recorded()) === CLICKS + BOTS, 15_000);
  context = await signedIn(demo, { viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(10_000);
  watched = await watchedPage(context);
  page = watched.page;
});
afterEach(() => page.unrouteAll());
afterAll(() => demo.close());

async function click(userAgent: string, country: string, city: string, path: string): Promise<void> {
  const answer = await fetch(`${demo.collector.url}/api/v1/track/click`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "MF-CF-Blob": JSON.stringify({ country, city }) },
    body: JSON.stringify({
      affiliate_url: `${shop}${path}?aff=TRAILBLOG`,
      page_url: `${shop}${path}?aff=TRAILBLOG`,
      page_title: HOSTILE,
      referrer_url: "https://blog.example/best-of",
      user_agent: userAgent,
    }),
  });
  expect(answer.status).toBe(200);
}

async function recorded(): Promise<number> {
  const { clicks, bot_clicks } = await demo.api.get<{ clicks: number; bot_clicks: number }>(`/links/${link}`);
  return clicks + bot_clicks;
}

async function open(path = `links/${link}`, on = page): Promise<void> {
  await on.goto(`${demo.url}/dashboard/${path}`);
  await on.getByRole("region", { name: "Latest clicks" }).getByRole("row").nth(1).waitFor();
}

async function rows(table: Locator): Promise<string[]> {
  return (await table.getByRole("row").allInnerTexts())
    .slice(1)
    .map((row) => row.replace(/\s+/g, " ").trim());
}

test("a link says whose it is, where it leads, and what it brought, by day and by hour", async () => {
  await open();
  await page.getByRole("heading", { name: "TRAILBLOG active" }).waitFor();
  await page.getByText(/Trail Blog · Northpine Outfitters \(demo\)/).waitFor();
  const chart = page.getByRole("img", { name: `24 clicks, 24 of them unique, and 2 bots, by day` });
  await chart.waitFor();
  expect(await page.locator(".figure dd").allInnerTexts()).toEqual(["24", "24", "2"]);
  await page.getByRole("combobox", { name: "Period" }).selectOption("Today");
  await page.getByRole("heading", { name: "Clicks by hour, today" }).waitFor();
  await page.getByRole("img", { name: /by hour$/ }).waitFor();
});

// The beginning of "all time" was the link's own minute: of the hours, only those that begin after it are counted.
test("all time begins with the hour in which the link was made", async () => {
  await open(`links/${link}?range=all`);
  await page.getByRole("img", { name: /^24 clicks, 24 of them unique, and 2 bots/ }).waitFor();
});

test("the figures of the chart can be read as a table, which the keyboard reaches", async () => {
  await open(`links/${link}?range=7d`);
  await page.getByRole("button", { name: "As a table" }).press("Enter");
  const table = page.getByRole("region", { name: /^24 clicks/ });
  const days = await rows(table);
  expect(days).toHaveLength(7);
  expect(days.at(-1)).toMatch(/ 24 24 2$/);
  expect(days[0]).toMatch(/ 0 0 0$/);
  await table.focus();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole("button", { name: "As a chart" }).click();
  await page.getByRole("img", { name: /^24 clicks/ }).waitFor();
});

test("a year is drawn by the week, and no click of it is lost or counted twice", async () => {
  await open(`links/${link}?range=365d`);
  await page.getByRole("heading", { name: "Clicks by week, last 365 days" }).waitFor();
  await page.getByRole("img", { name: `24 clicks, 24 of them unique, and 2 bots, by week` }).waitFor();
  await page.getByRole("button", { name: "As a table" }).click();
  const weeks = await rows(page.getByRole("region", { name: /^24 clicks/ }));
  // Of 365 days the first week has eight: a day alone would be a fall in the line.
  expect(weeks).toHaveLength(52);
  expect(weeks.at(-1)).toMatch(/ 24 24 2$/);
  for (const week of weeks.slice(0, -1)) expect(week).toMatch(/ 0 0 0$/);
  const last = new Date(Date.now() - 6 * DAY_MS).toLocaleDateString("en-GB", {
    dateStyle: "medium",
    timeZone: "Europe/Berlin",
  });
  expect(weeks.at(-1)).toContain(last);
});

test("the chart's legend is empty until a day is pointed at", async () => {
  await open(`links/${link}?range=7d`);
  const legend = page.locator(".u-legend");
  await legend.getByText("Clicks").waitFor();
  const words = async () => (await legend.innerText()).replace(/\s+/g, "");
  expect(await words()).toBe("ClicksUniqueBots");
  const place = async () => {
    const { height } = (await legend.boundingBox())!;
    return { height, x: (await legend.getByText("Clicks").boundingBox())!.x };
  };
  const before = await place();
  const plot = (await page.locator(".u-over").boundingBox())!;
  await page.mouse.move(plot.x + plot.width - 1, plot.y + 40);
  await legend.getByText("24").first().waitFor();
  expect(await words()).toMatch(/^\d+[A-Z]\w+\d{4}Clicks24Unique24Bots2$/);
  expect(await place()).toEqual(before);
  await page.mouse.move(0, 0);
});

test("of today, hours that are still to come are no hours without clicks", async () => {
  await open(`links/${link}?range=today&tz=UTC`);
  await page.getByRole("button", { name: "As a table" }).click();
  const hours = await rows(page.getByRole("region", { name: /^24 clicks/ }));
  expect(hours).toHaveLength(24);
  const hour = new Date().getUTCHours();
  for (const row of hours.slice(hour + 1)) expect(row).toMatch(/ – – –$/);
  expect(hours[0]).not.toMatch(/–/);
});

// On 25 October 2026 the clocks of Berlin show the hour from 2 twice.
test("an hour that is put back can be told from the one before it, and others say no zone", async () => {
  await open(`links/${link}?from=2026-10-25&to=2026-10-25&tz=Europe/Berlin`);
  await page.getByRole("button", { name: "As a table" }).click();
  const hours = await rows(page.getByRole("region", { name: /^0 clicks/ }));
  expect(hours).toHaveLength(25);
  expect(new Set(hours).size).toBe(25);
  expect(hours.filter((row) => /GMT|CES?T/.test(row))).toHaveLength(2);
});

test("who came: countries, devices, browsers, systems, referrers and landing pages, of people alone", async () => {
  await open();
  const table = (name: string) => page.getByRole("table", { name });
  await table("Landing pages").waitFor();
  expect(await rows(table("Countries"))).toEqual(["Germany 23 95.8%", "United States 1 4.2%"]);
  expect(await rows(table("Devices"))).toEqual(["PC 19 79.2%", "Mobile 5 20.8%"]);
  expect(await rows(table("Browsers"))).toEqual(["Chrome 19 79.2%", expect.stringMatching(/Safari 5 20.8%/)]);
  expect(await rows(table("Operating systems"))).toEqual(["Windows 19 79.2%", "iOS 5 20.8%"]);
  expect(await rows(table("Referrers"))).toEqual(["blog.example 24 100%"]);
  const pages = await rows(table("Landing pages"));
  // Twelve products and the front page: eight are named, the others counted.
  expect(pages).toHaveLength(9);
  expect(pages[0]).toMatch(/^\/products\/\d+ 2 8.3%$/);
  expect(pages[8]).toMatch(/^5 more \d 3?\d/);
});

// A period of another zone touches two days of UTC: their clicks are more than those of the period.
test("where who came is counted in other days than the period's, which is said, once", async () => {
  const { last_clicked: clicked } = await demo.api.get<{ last_clicked: number }>(`/links/${link}`);
  const day = new Date(clicked).toISOString().slice(0, 10);
  const utc = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
  const midnight = Date.parse(day);
  // Of a small period the API counts exactly what was asked; here it answers what it does of others.
  let counted = { from: midnight - DAY_MS, to: midnight + DAY_MS };
  await page.route(/\/admin\/breakdown\?/, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    const answer = await demo.api.get<object>(pathname.replace("/api/admin", "") + search);
    await route.fulfill({ json: { ...answer, ...counted } });
  });
  const said = page.getByText("Counted in whole days of UTC");
  await open(`links/${link}?from=${day}&to=${day}&tz=Asia/Kolkata`);
  await said
    .getByText(`${utc.formatRange(counted.from, counted.to - 1)}: the sums can differ from those above.`)
    .waitFor();
  expect(await said.count()).toBe(1);

  const unsaid = async (period: string) => {
    await open(`links/${link}?${period}`);
    await page.getByRole("table", { name: "Landing pages" }).waitFor();
    await page.getByText("People alone.").waitFor();
    expect(await said.count()).toBe(0);
  };
  // The hours that begin in the day, which begins at half past; and until a midnight that is still to come.
  counted = { from: midnight - 5 * HOUR_MS, to: midnight + 19 * HOUR_MS };
  await unsaid(`from=${day}&to=${day}&tz=Asia/Kolkata`);
  const today = new Date().toISOString().slice(0, 10);
  counted = { from: Date.parse(today), to: Date.parse(today) + 2 * DAY_MS };
  await unsaid("range=today&tz=UTC");
  await page.unrouteAll();
  await unsaid("range=all");
});

test("the latest clicks, newest first, by pages; hostile titles are text", async () => {
  await open();
  const table = page.getByRole("region", { name: "Latest clicks" });
  const newest = await rows(table);
  expect(newest).toHaveLength(20);
  expect(newest[0]).toMatch(/^\d+ \w+ \d{4}, \d\d:\d\d:\d\d Ashburn, United States Bot/);
  expect(newest[0]).toContain(" bot ");
  expect(newest[2]).toContain(`Berlin, Germany PC · Chrome · Windows unique ${HOSTILE}`);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Next page" }).click();
  await table.getByText("Austin, United States").waitFor();
  expect(await rows(table)).toHaveLength(CLICKS + BOTS - 20);
  await page.goBack();
  await table.getByText("Ashburn, United States").first().waitFor();
  await table.getByRole("link").first().click();
  await page.waitForURL(/\/dashboard\/clicks\/[0-9a-f]{32}/);
  await page.getByRole("heading", { name: /^Click of / }).waitFor();
  expect(await page.title()).toBe("Live – Clickferry");
});

test("it is edited and shared from its own view, too", async () => {
  await open();
  await page.getByRole("button", { name: "Edit" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit TRAILBLOG" });
  await dialog.getByLabel("Destination").fill(`${shop}/start`);
  await dialog.getByRole("button", { name: "Save" }).click();
  await page
    .locator("h1 + p")
    .getByRole("link", { name: `${shop}/start` })
    .waitFor();
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("img", { name: `QR code of ${shop}/start?aff=TRAILBLOG` }).waitFor();
});

test("without clicks it says so, and how to make one", async () => {
  await page.goto(`${demo.url}/dashboard/links/${demo.demo.links[1]!.id}`);
  await page.getByText("No click yet").waitFor();
  expect(await page.getByText("No clicks in this period").count()).toBe(6);
  await page.getByText(/never clicked/).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
});

test("a link that nobody has clicked yet shows its first click by itself", async () => {
  await page.goto(`${demo.url}/dashboard/links/${demo.demo.links[2]!.id}`);
  await page.getByText("No click yet").waitFor();
  await page.getByText(/never clicked/).waitFor();
  await sendClick(demo.collector.url, "SUMMITDEALS", { session: "the first" });
  await page.getByRole("region", { name: "Latest clicks" }).getByRole("row").nth(1).waitFor();
  // The rest of the page, too.
  await page.getByText(/last clicked just now/).waitFor();
  await page.locator(".figure dd").first().getByText("1", { exact: true }).waitFor();
});

test("an address with a page of clicks that there is not leads to the first", async () => {
  await page.goto(`${demo.url}/dashboard/links/${link}?cursor=zzz&range=7d`);
  const first = page.getByRole("button", { name: "First page" });
  await first.waitFor();
  expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
  expect(await accessibilityFaults(page)).toEqual([]);
  await first.click();
  await page.getByRole("region", { name: "Latest clicks" }).getByRole("row").nth(20).waitFor();
  expect(new URL(page.url()).search).toBe("?range=7d");
});

test.each(["links/999", "links/nonsense"])(
  "%s is no link, and leads back to those that are",
  async (path) => {
    await page.goto(`${demo.url}/dashboard/${path}`);
    await page.getByText("There is no such link").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("link", { name: "To the referral links" }).click();
    await page.getByRole("link", { name: "TRAILBLOG" }).waitFor();
  },
);

test("while the link is loading, and when it cannot be had", async () => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const one = new RegExp(`/api/admin/links/${link}$`);
  await page.route(one, async (route) => {
    await held;
    await route.abort();
  });
  await page.goto(`${demo.url}/dashboard/links/${link}`);
  await page.getByRole("status", { name: "Loading" }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  answer();
  await page.getByText("The collector cannot be reached.").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.unrouteAll();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "TRAILBLOG active" }).waitFor();
  expect(watched.faults.splice(0)).toEqual([expect.stringContaining("ERR_FAILED")]);
});

test("what cannot be had says why, leaves no false figures, and is tried again", async () => {
  const reports = /\/api\/admin\/(stats|breakdown|clicks)\?/;
  const broken = { status: 500, contentType: "application/json", body: '{"error":"The database is busy"}' };
  await page.route(reports, (route) => route.fulfill(broken));
  await page.goto(`${demo.url}/dashboard/links/${link}`);
  await page.getByText("The database is busy").nth(7).waitFor();
  expect(await page.locator(".figure dd").allInnerTexts()).toEqual(["–", "–", "–"]);
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.unrouteAll();
  await page.getByRole("button", { name: "Try again" }).first().click();
  await page.getByRole("img", { name: /^24 clicks/ }).waitFor();
  expect(watched.faults.splice(0).filter((fault) => !/status of 500/.test(fault))).toEqual([]);
});

test.each(["light", "dark"] as const)(
  "accessible in %s; at 360 px the page does not scroll sideways",
  async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    for (const width of [1600, 360]) {
      await page.setViewportSize({ width, height: 900 });
      await open();
      await page.getByRole("table", { name: "Landing pages" }).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      const over = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return scrollWidth - clientWidth;
      });
      expect(over).toBe(0);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  },
);

test("a partner with its own key sees its own links alone, and can change nothing", async () => {
  const { data } = await demo.api.get<{ data: { id: number; name: string }[] }>("/partners");
  const { id } = data.find(({ name }) => name === "Trail Blog")!;
  const { api_key } = await demo.api.post<{ api_key: string }>(`/partners/${id}/rotate-key`, {});
  const own = await signedIn(demo, { viewport: { width: 1280, height: 900 } }, api_key);
  const { page: view, faults, hosts } = await watchedPage(own);
  const refused: string[] = [];
  view.on("response", (answer) => {
    if (answer.status() >= 400) refused.push(`${answer.status()} ${answer.url()}`);
  });
  await view.goto(`${demo.url}/dashboard/`);
  const table = view.getByRole("region", { name: "Referral links" });
  await table.getByRole("link", { name: "TRAILBLOG" }).waitFor();
  expect(await table.getByRole("row").count()).toBe(2);
  // Its own name in every row would tell it nothing.
  expect(await table.getByText("Trail Blog").count()).toBe(0);
  await view.getByRole("searchbox", { name: "Search code or destination" }).waitFor();
  expect(await view.locator(".figure dd").allInnerTexts()).toEqual(["24", "24", "2", "1"]);
  expect(await view.getByRole("navigation", { name: "Views" }).getByRole("link").allInnerTexts()).toEqual([
    "Links",
    "Live",
  ]);
  await view.getByText("Trail Blog").first().waitFor();
  for (const name of [/New link/, /Import/, /Edit/])
    expect(await view.getByRole("button", { name }).count()).toBe(0);
  expect(await table.getByRole("switch").count()).toBe(0);
  expect(await accessibilityFaults(view)).toEqual([]);

  await view.getByRole("button", { name: "Share TRAILBLOG" }).click();
  await view.getByRole("img", { name: /^QR code of/ }).waitFor();
  expect(await view.getByRole("button", { name: /Everflow/ }).count()).toBe(0);
  await view.keyboard.press("Escape");

  await table.getByRole("link", { name: "TRAILBLOG" }).click();
  const latest = view.getByRole("region", { name: "Latest clicks" });
  await latest.getByRole("row").nth(20).waitFor();
  // A click's own view is the manager's.
  expect(await latest.getByRole("link").count()).toBe(0);
  await view.getByRole("table", { name: "Landing pages" }).waitFor();
  expect(await view.getByRole("button", { name: "Edit" }).count()).toBe(0);
  expect(await accessibilityFaults(view)).toEqual([]);
  expect(refused).toEqual([]);

  await view.goto(`${demo.url}/dashboard/links/${demo.demo.links[1]!.id}`);
  await view.getByText("There is no such link").waitFor();
  for (const path of ["setup", "deliveries", "clicks/x"]) {
    await view.goto(`${demo.url}/dashboard/${path}`);
    await view.getByText("There is no such page").waitFor();
  }
  expect(faults).toEqual([]);
  expect([...hosts]).toEqual([new URL(demo.url).host]);
  await own.close();
});

test("all the while nothing went wrong, and nobody but the collector was asked", () => {
  expect(watched.faults).toEqual([]);
  expect([...watched.hosts]).toEqual([new URL(demo.url).host]);
});
