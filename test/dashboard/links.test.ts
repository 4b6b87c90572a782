import { readFileSync } from "node:fs";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  accessibilityFaults,
  type DashboardDemo,
  openDashboardDemo,
  signedIn,
  type Watched,
  watchedPage,
} from "../support/node/dashboard.ts";
import { addManyLinks } from "../support/node/many-links.ts";

const LINKS = 2_500;
let demo: DashboardDemo;
let context: BrowserContext;
let watched: Watched;
let page: Page;
let table: Locator;

beforeAll(async () => {
  demo = await openDashboardDemo();
  const site = `http://shop.localhost:${demo.shop.port}`;
  await addManyLinks(demo.collector, { programId: demo.demo.programId, site, count: LINKS });
  context = await signedIn(demo, { viewport: { width: 1600, height: 900 } });
  context.setDefaultTimeout(10_000);
  watched = await watchedPage(context);
  page = watched.page;
  table = page.getByRole("region", { name: "Referral links" });
});
afterEach(() => page.unrouteAll());
afterAll(() => demo.close());

async function open(path: string): Promise<void> {
  await page.goto(`${demo.url}/dashboard/${path}`);
  await table.getByRole("row").nth(1).waitFor();
}

/** Waits until the table begins with the link. */
async function first(code: string): Promise<void> {
  await table.locator("tbody tr:first-child th a").getByText(code, { exact: true }).waitFor();
}

async function cells(row: number): Promise<string[]> {
  const texts = await table.getByRole("row").nth(row).locator("th, td").allInnerTexts();
  return texts.map((text) => text.replace(/\s+/g, " ").trim());
}

async function codes(): Promise<string[]> {
  return await table.locator("tbody th a").allTextContents();
}

async function figure(name: string): Promise<string> {
  const text = await page
    .locator(".figure", { has: page.getByText(name, { exact: true }) })
    .locator("dd")
    .innerText();
  return text.replace(/\s+/g, " ");
}

const sortBy = (name: string) => table.getByRole("button", { name, exact: true }).click();

test("a row says code, partner, destination, status, clicks, unique clicks, bots, trend and last click", async () => {
  await open("");
  await first("bulk-0001");
  const destination = `shop.localhost:${demo.shop.port}/page/1`;
  expect(await cells(1)).toEqual(
    [
      "bulk-0001",
      "Bulk & Sons <b>",
      destination,
      "bulk-0001 is active",
      "999",
      "800",
      "1",
      "",
      "3 days ago",
      "",
    ].map((text, i) => (i === 0 ? expect.stringContaining(text) : text)),
  );
  await table.getByRole("img", { name: "bulk-0001: 999 clicks in 30 days" }).waitFor();
  expect(await table.getByRole("row").count()).toBe(51);
  // The sum of 1000 − n over the first hundred.
  expect(await figure("Clicks")).toBe("94,950");
  expect(await figure("Unique clicks")).toBe("80,000");
  expect(await figure("Bots, not counted")).toBe("5,050");
  // The demo's three and the program's built-in one, too.
  expect(await figure("Links")).toBe("2,504");
});

test("every column sorts, figures from the largest, and the head says so", async () => {
  await open("?q=bulk");
  await sortBy("Code");
  await first("bulk-0001");
  expect(await table.getByRole("columnheader", { name: "Code" }).getAttribute("aria-sort")).toBe("ascending");
  await sortBy("Code");
  await first("bulk-2500");
  await sortBy("Bots");
  await first("bulk-0100");
  expect(await table.getByRole("columnheader", { name: "Code" }).getAttribute("aria-sort")).toBe("none");
  await sortBy("Bots");
  await first("bulk-0101");
  await sortBy("Status");
  await first("bulk-0001");
  await sortBy("Status");
  await first("bulk-2500");
  await sortBy("Destination");
  await first("bulk-0001");
  for (const name of ["Partner", "Unique", "Last clicked", "Clicks"]) {
    const asked = page.waitForResponse(/\/api\/admin\/links\?/);
    await sortBy(name);
    expect((await asked).status()).toBe(200);
  }
  await first("bulk-0001");
});

test("searching while one types finds code, destination and partner, and the address keeps what for", async () => {
  await open("");
  const search = page.getByRole("searchbox", { name: "Search code, destination or partner" });
  await search.fill("TRAIL");
  await first("TRAILBLOG");
  expect(new URL(page.url()).searchParams.get("q")).toBe("TRAIL");
  expect(await figure("Links")).toBe("1");
  await search.fill("/page/2400");
  await first("bulk-2400");
  await search.fill("sons <B>");
  await first("bulk-0001");
  await search.fill("nothing like it");
  await page.getByText("No link matches").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole("button", { name: "Show all links" }).click();
  await first("bulk-0001");
  expect(await search.inputValue()).toBe("");
});

test("inactive links alone can be shown, with their sums", async () => {
  await open("");
  await page.getByRole("combobox", { name: "Status" }).selectOption("Inactive");
  await first("bulk-0010");
  expect(await figure("Links")).toBe("250");
  expect(await figure("Clicks")).toBe("9,450");
});

test("pages follow each other without a gap, from the first to the last and back", async () => {
  await open("?q=bulk-01&sort=code");
  const seen = await codes();
  const pages = page.getByRole("navigation", { name: "Pages" });
  expect(await pages.innerText()).toMatch(/50 of 100/);
  await pages.getByRole("link", { name: "Next page" }).click();
  await first("bulk-0150");
  await pages.getByText("Last page").waitFor();
  // It is read from its beginning.
  expect(await table.getByRole("row").nth(1).isVisible()).toBe(true);
  const whole = [...seen, ...(await codes())];
  expect(whole).toEqual(Array.from({ length: 100 }, (_, i) => `bulk-0${100 + i}`));
  await page.reload();
  await first("bulk-0150");
  await pages.getByRole("link", { name: "First page" }).click();
  await first("bulk-0100");
  await page.goBack();
  await first("bulk-0150");
  // A change of what is asked for begins at the first page.
  await sortBy("Code");
  await first("bulk-0199");
});

test("what is compared with the period before says by how much it changed", async () => {
  await open("?q=bulk-0001");
  await page.getByRole("switch", { name: "Compare with the period before" }).check();
  await table.getByText("+99.8%").waitFor();
  expect((await cells(1)).slice(4, 7)).toEqual(["999 +99.8%", "800 +100%", "1 −80%"]);
  expect(await figure("Clicks")).toBe("999 +99.8%");
  expect(new URL(page.url()).searchParams.get("compare")).toBe("previous");
  expect(await accessibilityFaults(page)).toEqual([]);
  // The file compares, too.
  const exported = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export" }).click();
  const file = await exported;
  expect(file.suggestedFilename()).toBe("clickferry-links.csv");
  const [head, row] = readFileSync(await file.path(), "utf8").split("\r\n");
  const column = head!.split(",").indexOf("previous_clicks");
  expect(row!.split(",")[column]).toBe("500");
  // All time has nothing before it.
  await page.getByRole("combobox", { name: "Period" }).selectOption("All time");
  await table.getByText("1,499").waitFor();
  expect(await page.getByRole("switch", { name: "Compare" }).count()).toBe(0);
});

test.each(["sort=foo", "cursor=zzz", "status=x"])(
  "an address with %s, which there is not, leads back to all links",
  async (query) => {
    await page.goto(`${demo.url}/dashboard/?${query}&range=7d`);
    await page.getByRole("heading", { name: "No link matches" }).waitFor();
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Show all links" }).click();
    await first("bulk-0001");
    expect(new URL(page.url()).search).toBe("?range=7d");
  },
);

test("period and time zone are in the address: they outlast a reload, go back and forward, and along in a copied link", async () => {
  await open("?q=bulk-0001");
  const asked = page.waitForRequest(/\/links\?/);
  const period = page.getByRole("combobox", { name: "Period" });
  await period.selectOption("Today");
  const { searchParams } = new URL((await asked).url());
  expect(Number(searchParams.get("to")) - Number(searchParams.get("from"))).toBeLessThanOrEqual(
    25 * 3_600_000,
  );
  await table.getByRole("cell", { name: "0", exact: true }).first().waitFor();
  await page.getByRole("combobox", { name: "Time zone" }).selectOption("Asia/Calcutta");
  await period.selectOption("Last 7 days");
  await table.getByRole("cell", { name: "999", exact: true }).waitFor();
  await page.reload();
  expect(await period.inputValue()).toBe("7d");
  expect(await page.getByRole("combobox", { name: "Time zone" }).inputValue()).toBe("Asia/Calcutta");
  await page.goBack();
  await table.getByRole("cell", { name: "0", exact: true }).first().waitFor();
  expect(await period.inputValue()).toBe("today");
  await page.goForward();
  await table.getByRole("cell", { name: "999", exact: true }).waitFor();

  const copied = await context.newPage();
  await copied.goto(page.url());
  await copied.getByRole("cell", { name: "999", exact: true }).waitFor();
  expect(await copied.getByRole("combobox", { name: "Time zone" }).inputValue()).toBe("Asia/Calcutta");
  // And to the link's own view.
  await copied.getByRole("link", { name: "bulk-0001" }).click();
  await copied.getByRole("heading", { name: "Clicks by day, last 7 days" }).waitFor();
  expect(new URL(copied.url()).search).toBe("?range=7d&tz=Asia%2FCalcutta");
  await copied.close();
});

test("chosen days begin with those that were shown, and are each in the address", async () => {
  await open("?q=bulk-0001&tz=UTC&range=7d");
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  await page.getByRole("combobox", { name: "Period" }).selectOption("Chosen days…");
  await page.getByLabel("From").waitFor();
  const { searchParams } = new URL(page.url());
  expect([searchParams.get("from"), searchParams.get("to")]).toEqual([day(6), day(0)]);
  await page.getByLabel("To", { exact: true }).fill(day(4));
  await table.getByRole("cell", { name: "0", exact: true }).first().waitFor();
  expect(new URL(page.url()).searchParams.get("to")).toBe(day(4));
  await page.goBack();
  await table.getByRole("cell", { name: "999", exact: true }).waitFor();
});

test("days are typed key by key, and looked at when the field is left or by Enter: one step back each", async () => {
  await open("?q=bulk-0001&tz=UTC&from=2026-10-15&to=2026-11-20");
  const days = () => {
    const { searchParams } = new URL(page.url());
    return [searchParams.get("from"), searchParams.get("to")];
  };
  const from = page.getByLabel("From");
  const to = page.getByLabel("To", { exact: true });
  const steps = await page.evaluate(() => history.length);
  await from.focus();
  await page.keyboard.type("05052026");
  expect(days()).toEqual(["2026-10-15", "2026-11-20"]);
  expect(await from.inputValue()).toBe("2026-05-05");
  await to.focus();
  expect(days()).toEqual(["2026-05-05", "2026-11-20"]);
  // Before the first day: that goes along, as nobody means the days the other way round.
  await page.keyboard.type("04042026");
  await page.keyboard.press("Enter");
  expect(days()).toEqual(["2026-04-04", "2026-04-04"]);
  expect(await from.inputValue()).toBe("2026-04-04");
  expect(await page.evaluate(() => history.length)).toBe(steps + 2);
  // A year that was not typed to its end is none.
  await from.focus();
  await page.keyboard.type("05052");
  await to.focus();
  expect(await from.inputValue()).toBe("2026-04-04");
  expect(days()).toEqual(["2026-04-04", "2026-04-04"]);
  expect(await page.evaluate(() => history.length)).toBe(steps + 2);
  await page.goBack();
  await page.waitForURL(/from=2026-05-05&to=2026-11-20/);
  expect(await from.inputValue()).toBe("2026-05-05");
});

test("a switch turns a link off and on, and says so; when that fails it stands as it was", async () => {
  await open("?q=bulk-0001");
  const active = table.getByRole("switch", { name: "bulk-0001 is active" });
  await active.uncheck();
  await page.getByText("bulk-0001 is inactive everywhere within 15 seconds.").waitFor();
  const { data } = await demo.api.get<{ data: { status: string }[] }>("/links?q=bulk-0001");
  expect(data[0]!.status).toBe("inactive");

  const broken = { status: 503, contentType: "application/json", body: '{"error":"Not now"}' };
  await page.route(/\/api\/admin\/links\/\d+$/, (route) => route.fulfill(broken));
  const again = page.waitForResponse(/\/api\/admin\/links\?/);
  await active.click();
  await page.getByText("Not now").waitFor();
  await again;
  await page.unroute(/\/api\/admin\/links\/\d+$/);
  await table.getByRole("switch", { name: "bulk-0001 is active", checked: false }).waitFor();
  await active.check();
  await page.getByText("bulk-0001 is active everywhere within 15 seconds.").waitFor();
  expect(watched.faults.splice(0)).toEqual([expect.stringContaining("503")]);
});

test("while links are loading, when they cannot be had, and after trying again", async () => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const links = /\/api\/admin\/links(\/totals)?\?/;
  await page.route(links, async (route) => {
    await held;
    await route.fulfill({
      status: 500,
      contentType: "application/json",
      body: '{"error":"The database is busy"}',
    });
  });
  await page.goto(`${demo.url}/dashboard/`);
  await page.getByRole("status", { name: "Loading" }).waitFor();
  expect(await figure("Clicks").catch(() => "")).toBe("–");
  expect(await accessibilityFaults(page)).toEqual([]);
  answer();
  await page.getByRole("alert").nth(1).waitFor();
  expect(await page.getByText("The database is busy").count()).toBe(2);
  expect(await accessibilityFaults(page)).toEqual([]);

  await page.unroute(links);
  await page.route(links, (route) => route.abort());
  await page.getByRole("button", { name: "Try again" }).first().click();
  await page.getByText("The collector cannot be reached.").first().waitFor();
  await page.unroute(links);
  // Of the table, then of the sums.
  await page.getByRole("button", { name: "Try again" }).nth(1).click();
  await first("bulk-0001");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".figure").getByText("94,950").waitFor();
  expect(watched.faults.splice(0).filter((fault) => !/status of 500|ERR_FAILED/.test(fault))).toEqual([]);
});

test("who has no link yet is told how to make one", async () => {
  await page.route(/\/api\/admin\/links\?/, (route) =>
    route.fulfill({ contentType: "application/json", body: '{"data":[],"next_cursor":null}' }),
  );
  await page.goto(`${demo.url}/dashboard/`);
  await page.getByText("There are no referral links yet").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.unroute(/\/api\/admin\/links\?/);
  await page.locator(".empty").getByRole("button", { name: "New link" }).click();
  await page.getByRole("dialog", { name: "New link" }).waitFor();
});

test("a figure's head stands over its figures, and the arrow of the sort beside it is drawn", async () => {
  await open("?sort=-clicks");
  const edges = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLTableCellElement>("thead .figures")].map((head) => {
      const right = (element: Element) => {
        const range = document.createRange();
        range.selectNodeContents(element.querySelector(".sort")?.firstChild ?? element);
        return Math.round(range.getBoundingClientRect().right);
      };
      return [right(head), right(document.querySelector(`tbody td:nth-child(${head.cellIndex + 1})`)!)];
    }),
  );
  expect(edges).toHaveLength(3);
  for (const [head, figure] of edges) expect(head).toBe(figure);
  const drawn = (name: string) =>
    table
      .getByRole("columnheader", { name })
      .locator(".arrow")
      .evaluate((arrow) => {
        const { borderTopColor, borderBottomColor } = getComputedStyle(arrow);
        return [borderTopColor, borderBottomColor].map((colour) => colour !== "rgba(0, 0, 0, 0)");
      });
  expect(await drawn("Clicks")).toEqual([true, false]);
  await sortBy("Clicks");
  await page
    .getByRole("columnheader", { name: "Clicks", includeHidden: true })
    .and(page.locator('[aria-sort="ascending"]'))
    .waitFor();
  expect(await drawn("Clicks")).toEqual([false, true]);
  expect(await drawn("Code")).toEqual([false, false]);
});

test("on a phone a link that is switched off says so, and what is looked at is chosen in one row", async () => {
  await page.setViewportSize({ width: 360, height: 780 });
  await open("?q=bulk-001&sort=code");
  await first("bulk-0010");
  const said = (row: number) =>
    table.getByRole("row").nth(row).getByText("inactive", { exact: true }).isVisible();
  expect([await said(1), await said(2)]).toEqual([true, false]);
  const tops = ["Period", "Time zone"].map(
    async (name) => (await page.getByRole("combobox", { name }).boundingBox())!.y,
  );
  expect(await tops[0]).toBe(await tops[1]);
  await page.setViewportSize({ width: 1600, height: 900 });
});

test.each([360, 768, 1024, 1280, 1400, 1600])("at %d px nothing is cut off", async (width) => {
  await page.setViewportSize({ width, height: 900 });
  await open("?compare=previous");
  const room = await page.evaluate(() => {
    const frame = document.querySelector(".table-frame")!;
    const { scrollWidth, clientWidth } = document.documentElement;
    return { page: scrollWidth - clientWidth, table: frame.scrollWidth - frame.clientWidth };
  });
  expect(room).toEqual({ page: 0, table: 0 });
  await page.setViewportSize({ width: 1600, height: 900 });
});

test.each(["light", "dark"] as const)("accessible in %s, and by keyboard", async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  await open("?q=bulk-000");
  expect(await accessibilityFaults(page)).toEqual([]);
  // Sorted and switched without a mouse.
  const head = table.getByRole("button", { name: "Code", exact: true });
  await head.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await first("bulk-0009");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("Partner");
  await table.getByRole("link", { name: "bulk-0009" }).press("Enter");
  await page.getByRole("heading", { name: "bulk-0009" }).waitFor();
  await page.emulateMedia({ colorScheme: null });
});

test("all the while nothing went wrong, and nobody but the collector was asked", () => {
  expect(watched.faults).toEqual([]);
  expect([...watched.hosts]).toEqual([new URL(demo.url).host]);
});
