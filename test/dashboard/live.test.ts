import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Breakable, breakable } from "../support/node/breakable.ts";
import { sendClick } from "../support/node/click-load.ts";
import { type DashboardDemo, openDashboardDemo, signedIn, watchedPage } from "../support/node/dashboard.ts";
import { lookOver } from "../support/node/look-over.ts";

/** What issue 6 promises, from the landing's answer to its row. */
const WITHIN_MS = 2_000;

const PERSON =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

let demo: DashboardDemo;
let way: Breakable;
/** A manager's, through the way that can be cut. */
let context: BrowserContext;
let url: string;

beforeAll(async () => {
  demo = await openDashboardDemo();
  way = await breakable(Number(new URL(demo.collector.url).port));
  url = `http://track.shop.localhost:${way.port}`;
  context = await signedIn({ ...demo, url });
});
// A stream begins with the latest clicks: a test has those of its own alone.
beforeEach(async () => {
  const db = await demo.collector.mf.getD1Database("DB");
  await db.prepare("DELETE FROM affiliate_click_events").run();
});
afterAll(async () => {
  await demo.close();
  await way.close();
});

const rows = (page: Page) => page.getByRole("region", { name: "Clicks as they happen" }).locator("tbody tr");

/** One row for each click, newest first, by the event's id. */
const shown = (page: Page) =>
  rows(page)
    .locator("th a[href*='/clicks/']")
    .evaluateAll((links) => links.map((link) => /clicks\/(\w+)/.exec((link as HTMLAnchorElement).href)![1]));

const eventOf = (clickId: string | undefined) => /^cust_(\w+)_/.exec(clickId!)![1];

async function openLive(): Promise<Awaited<ReturnType<typeof watchedPage>>> {
  const watched = await watchedPage(context);
  await watched.page.goto(`${url}/dashboard/live`);
  await watched.page.getByText("connected", { exact: true }).waitFor();
  return watched;
}

interface Sighting {
  /** Unix ms. */
  at: number;
  way: string;
}

test("a landing on the shop's page is on the other page within two seconds, and its way grows until both networks have it", async () => {
  const { page, faults, hosts } = await openLive();
  expect(await lookOver(page)).toEqual([]);
  await page.evaluate(() => {
    const sightings: object[] = [];
    Object.assign(window, { sightings });
    new MutationObserver(() => {
      const way = document.querySelector("tbody tr .live-way")?.textContent;
      if (way) sightings.push({ at: performance.timeOrigin + performance.now(), way });
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  // So that it is seen on its way.
  await demo.sandboxes.everflow.fail({ mode: "delay", ms: 1_200, times: 1 });

  // The tests' own browser is a headless one, and so a bot.
  const visitor = await demo.browser.newContext({ userAgent: PERSON });
  const shop = await visitor.newPage();
  await shop.goto(demo.demo.links[0]!.url);
  const shownId = await shop.waitForFunction(() => {
    const text = document.getElementById("click")?.textContent;
    return text?.startsWith("cust_") && text;
  });
  const answered = await shop.evaluate(() => {
    const posts = performance
      .getEntriesByType("resource")
      .filter(({ name }) => name.includes("/track/click"));
    return performance.timeOrigin + (posts[0] as PerformanceResourceTiming).responseEnd;
  });
  await rows(page).getByText("Everflow delivered").waitFor();
  await rows(page).getByText("AvantLink delivered").waitFor();

  const sightings = await page.evaluate(() => (window as unknown as { sightings: Sighting[] }).sightings);
  const seenAfter = sightings[0]!.at - answered;
  expect(seenAfter).toBeGreaterThan(0);
  expect(seenAfter).toBeLessThan(WITHIN_MS);
  const duration = String.raw` [\d.,]+ m?s`;
  const begun = new RegExp(`^kept and answered${duration}recorded${duration}AvantLink (pending|delivered)`);
  expect(sightings[0]!.way).toMatch(begun);
  expect(sightings[0]!.way).toContain("Everflow pending");
  expect(sightings.at(-1)!.way).toMatch(
    new RegExp(
      `^kept and answered${duration}recorded${duration}AvantLink delivered${duration}Everflow delivered${duration}$`,
    ),
  );
  expect(await shown(page)).toEqual([eventOf((await shownId.jsonValue()) as string)]);
  expect(await lookOver(page)).toEqual([]);
  expect(faults).toEqual([]);
  expect([...hosts]).toEqual([new URL(url).host]);
  await visitor.close();
  await page.close();
});

test("who was cut off sees what was missed when the connection is back, each click once, and is told of the break", async () => {
  const { page } = await openLive();
  const before = await sendClick(demo.collector.url, "TRAILBLOG", { session: "before" });
  await rows(page).first().waitFor();
  await way.cut();
  await page.getByText("broken off, trying again").waitFor();
  expect(await lookOver(page)).toEqual([]);
  const missed: (string | undefined)[] = [];
  for (const code of ["GEARWEEKLY", "SUMMITDEALS", "TRAILBLOG"]) {
    missed.push(await sendClick(demo.collector.url, code, { session: "missed" }));
  }
  await way.mend();
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await rows(page).nth(3).waitFor();
  await page.getByText("connected", { exact: true }).waitFor();
  const after = await sendClick(demo.collector.url, "TRAILBLOG", { session: "after" });
  await rows(page).nth(4).waitFor();
  expect(await shown(page)).toEqual([after, ...missed.reverse(), before].map(eventOf));
  await page.close();
});

test("paused, the list stands still and counts what it does not show; then it shows it", async () => {
  const { page, faults } = await openLive();
  const first = await sendClick(demo.collector.url, "TRAILBLOG", { session: "first" });
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  const second = await sendClick(demo.collector.url, "GEARWEEKLY", { session: "second" });
  const goOn = page.getByRole("button", { name: "Go on (1 new)" });
  await goOn.waitFor();
  expect(await shown(page)).toEqual([eventOf(first)]);
  expect(await lookOver(page)).toEqual([]);
  await goOn.click();
  expect(await shown(page)).toEqual([second, first].map(eventOf));
  expect(faults).toEqual([]);
  await page.close();
});

test("who looks at a click and comes back finds the list as it was, with what was missed", async () => {
  const { page, faults } = await openLive();
  const first = await sendClick(demo.collector.url, "TRAILBLOG", { session: "looked at" });
  await rows(page).first().getByRole("link").first().click();
  await page.getByRole("heading", { name: /^Click of/ }).waitFor();
  const second = await sendClick(demo.collector.url, "GEARWEEKLY", { session: "meanwhile" });
  await page.goBack();
  await rows(page).nth(1).waitFor();
  expect(await shown(page)).toEqual([second, first].map(eventOf));
  expect(faults).toEqual([]);
  await page.close();
});

test("a connection that is gone without a word is noticed, and even the first click is not missed", async () => {
  const watched = await watchedPage(context);
  const { page } = watched;
  await page.clock.install();
  await page.goto(`${url}/dashboard/live`);
  await page.getByText("connected", { exact: true }).waitFor();
  way.stall();
  // The first is asked, the second finds that nobody has answered.
  await page.clock.runFor(20_000);
  await page.clock.runFor(20_000);
  await page.getByText("broken off, trying again").waitFor();
  const missed = await sendClick(demo.collector.url, "TRAILBLOG", { session: "unheard" });
  await page.clock.runFor(1_000);
  // A click of the test before may be told again: it was recorded while this page connected.
  await page
    .locator(`a[href*="${eventOf(missed)}"]`)
    .first()
    .waitFor();
  await page.close();
  // The browser would use what is stalled for another page.
  await way.cut();
  await way.mend();
});

test("one program's clicks alone are followed when it is chosen, and the address says so", async () => {
  const another = await demo.api.post<{ id: number }>("/programs", {
    name: "Another shop",
    domains: ["another.example"],
    landing_url: "https://another.example/",
  });
  await demo.api.post("/links", {
    program_id: another.id,
    partner_id: await partnerOf("TRAILBLOG"),
    code: "ANOTHER",
    destination_url: "https://another.example/",
  });
  const { page, faults } = await openLive();
  await page.getByRole("combobox", { name: "Program" }).selectOption("Another shop");
  expect(page.url()).toContain(`program=${another.id}`);
  await page.reload();
  await page.getByText("connected", { exact: true }).waitFor();
  await sendClick(demo.collector.url, "TRAILBLOG", { session: "elsewhere" });
  const landed = await sendClick(demo.collector.url, "ANOTHER", { session: "there" });
  await rows(page).getByRole("link", { name: "ANOTHER" }).waitFor();
  expect(await shown(page)).toEqual([eventOf(landed)]);
  expect(faults).toEqual([]);
  await page.close();
});

test("an address with a program that is no number follows all of them", async () => {
  const { page } = await watchedPage(context);
  await page.goto(`${url}/dashboard/live?program=abc`);
  await page.getByText("connected", { exact: true }).waitFor();
  await page.close();
});

test("a partner follows its own clicks, is told nothing of networks, and cannot open them", async () => {
  const { api_key } = await demo.api.post<{ api_key: string }>(
    `/partners/${await partnerOf("TRAILBLOG")}/rotate-key`,
    {},
  );
  const partner = await signedIn({ ...demo, url }, {}, api_key);
  const { page, faults } = await watchedPage(partner);
  await page.goto(`${url}/dashboard/live`);
  await page.getByText("connected", { exact: true }).waitFor();
  await sendClick(demo.collector.url, "GEARWEEKLY", { session: "another partner's" });
  await sendClick(demo.collector.url, "TRAILBLOG", { session: "own" });
  await rows(page).first().waitFor();
  expect(await rows(page).count()).toBe(1);
  expect(await rows(page).first().innerText()).toContain("TRAILBLOG");
  expect(await rows(page).first().innerText()).not.toMatch(/Everflow|AvantLink/);
  expect(await shown(page)).toEqual([]);
  expect(await page.getByRole("navigation", { name: "Views" }).innerText()).not.toMatch(/Deliveries|Set-up/);
  expect(await lookOver(page)).toEqual([]);
  expect(faults).toEqual([]);

  // With its key taken away the stream ends at once, and the page is led to the sign-in.
  await demo.api.post(`/partners/${await partnerOf("TRAILBLOG")}/rotate-key`, {});
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByText("Your session has ended.").waitFor();
  await partner.close();
});

async function partnerOf(code: string): Promise<number> {
  const { data } = await demo.api.get<{ data: { code: string; partner_id: number }[] }>(`/links?q=${code}`);
  return data.find((link) => link.code === code)!.partner_id;
}
