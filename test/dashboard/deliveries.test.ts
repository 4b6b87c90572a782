import type { BrowserContext, Locator, Page, Route } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sendClick } from "../support/node/click-load.ts";
import {
  accessibilityFaults,
  type DashboardDemo,
  openDashboardDemo,
  signedIn,
  watchedPage,
} from "../support/node/dashboard.ts";
import { lookOver } from "../support/node/look-over.ts";
import { insertOldClicks } from "../support/node/old-clicks.ts";
import { until } from "../support/node/until.ts";

const HOUR_MS = 3_600_000;

let demo: DashboardDemo;
let context: BrowserContext;
let everflow: DashboardDemo["sandboxes"]["everflow"];

beforeAll(async () => {
  demo = await openDashboardDemo();
  ({ everflow } = demo.sandboxes);
  context = await signedIn(demo);
});
afterAll(() => demo.close());

const card = (page: Page, heading: string | RegExp): Locator =>
  page.locator("section.card", { has: page.getByRole("heading", { name: heading }) });

/** What is said of something: the words beside its name. */
const fact = (place: Locator, name: string) =>
  place.locator("dt", { hasText: name }).first().locator("xpath=following-sibling::dd").innerText();

const region = (page: Page, name: string) => page.getByRole("region", { name });

test("a click's page follows its deliveries, shows what was sent and what was said, and sends a refused one again", async () => {
  await everflow.fail(
    { mode: "status", status: 500, body: "internal trouble", times: 1 },
    { mode: "error_code", code: 2, times: 1 },
  );
  const click_id = (await sendClick(demo.collector.url, "TRAILBLOG", { session: "one", avad: "77_a" }))!;
  const event = /_(\w+)_/.exec(click_id)![1]!;
  const { page, faults, hosts } = await watchedPage(context);
  await until(() => demo.api.get(`/clicks/${event}`).then(Boolean, () => false), 5_000);
  await page.goto(`${demo.url}/dashboard/clicks/${event}`);
  const delivery = card(page, /^Everflow/);
  await delivery.getByText("refused", { exact: true }).waitFor();
  expect(await fact(delivery, "Response")).toBe("error_code 2: offer cap");
  expect(await region(page, "Attempts at Everflow").locator("tbody tr").allInnerTexts()).toEqual([
    expect.stringMatching(/\t200\t\d+ ms\terror_code 2: offer cap$/),
    expect.stringMatching(/\t500\t\d+ ms\tinternal trouble$/),
  ]);
  await delivery.getByText("What was sent").click();
  const [first] = everflow.received;
  const sent = await delivery.locator("pre").innerText();
  expect(sent).toContain(`GET ${everflow.url}${first!.url}`);
  expect(sent).toContain(`User-Agent: ${first!.headers["user-agent"]}`);
  expect(await page.getByRole("list", { name: "The click's way" }).innerText()).toMatch(
    /Arrived[\s\S]+Kept and answered[\s\S]+Recorded[\s\S]+AvantLink: delivered[\s\S]+Everflow: refused/,
  );
  expect(await lookOver(page)).toEqual([]);

  const again = await sendClick(demo.collector.url, "GEARWEEKLY", {
    session: "two",
    existing_click_id: click_id,
  });
  expect(again).toBe(click_id);
  await delivery.getByRole("button", { name: "Send again" }).click();
  await page.getByText("It is on its way to Everflow again.").waitFor();
  await delivery.getByText("delivered", { exact: true }).waitFor();
  const { everflow_transaction_id } = await demo.api.get<{ everflow_transaction_id: string }>(
    `/clicks/${event}`,
  );
  expect(everflow_transaction_id).toMatch(/^[0-9a-f]{32}$/);
  expect(await fact(card(page, "Attribution"), "Everflow's transaction id")).toBe(everflow_transaction_id);
  expect(await fact(delivery, "Network click ID")).toBe(everflow_transaction_id);
  expect(await delivery.getByRole("button", { name: "Send again" }).count()).toBe(0);
  expect(everflow.times(click_id)).toBe(1);

  const recorded = () => demo.api.get<{ other_clicks: object[] }>(`/clicks/${event}`);
  await until(async () => (await recorded()).other_clicks.length === 1, 5_000);
  await page.reload();
  const others = region(page, "The customer's other clicks");
  expect(await others.innerText()).toContain("GEARWEEKLY");
  await others.getByRole("row", { name: "GEARWEEKLY" }).getByRole("link").first().click();
  await region(page, "The customer's other clicks").getByText("TRAILBLOG").waitFor();
  expect(faults).toEqual([]);
  expect([...hosts]).toEqual([new URL(demo.url).host]);
  await page.close();
});

test("everything that is known of a click is on its page", async () => {
  const told = {
    affiliate_url: "http://shop.localhost/product?aff=SUMMITDEALS&gclid=g-1&sub1=autumn",
    page_url: "http://shop.localhost/product",
    page_title: "Ridge 2 tent",
    referrer_url: "https://search.example/?q=tent",
    session_id: "session-9",
    user_agent:
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    screen_resolution: "393x852",
    viewport_size: "393x659",
    language: "de-AT",
    timezone: "Europe/Vienna",
    additional_data: { event_id: "event-9" },
  };
  const cf = {
    country: "AT",
    city: "Vienna",
    region: "Vienna",
    asn: 64496,
    asOrganization: "Danube Net",
  };
  const answer = await fetch(`${demo.collector.url}/api/v1/track/click`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "MF-CF-Blob": JSON.stringify(cf) },
    body: JSON.stringify(told),
  });
  const { click_id } = (await answer.json()) as { click_id: string };
  await until(() => demo.api.get(`/clicks/${click_id}`).then(Boolean, () => false), 5_000);
  const { page } = await watchedPage(context);
  await page.goto(`${demo.url}/dashboard/clicks/${click_id}`);
  await page.getByRole("heading", { name: /^Click of/ }).waitFor();
  const all = await page.getByRole("main").innerText();
  const { additional_data, ...plain } = told;
  for (const value of [...Object.values({ ...plain, viewport_size: "window 393x659" }), "event-9"]) {
    expect(all).toContain(value);
  }
  expect(all).toContain("Vienna, Vienna, Austria");
  expect(all).toContain("Danube Net (AS64496)");
  expect(all).toMatch(/Browser\s+Safari 18\.5/);
  expect(all).toMatch(/System\s+iOS 18\.5/);
  expect(all).toMatch(/gclid\s+g-1/);
  expect(all).toMatch(/sub1\s+autumn/);
  expect(all).toContain(click_id);
  await page.close();
});

test("a click that is not kept, and a collector that is away, are told in words that say what to do", async () => {
  const { page } = await watchedPage(context);
  await page.goto(`${demo.url}/dashboard/clicks/${"0".repeat(32)}`);
  await page.getByText("This click is not here").waitFor();
  expect(await lookOver(page)).toEqual([]);
  await page.route("**/api/admin/networks**", (route: Route) => route.abort());
  await page.goto(`${demo.url}/dashboard/deliveries`);
  await page.getByRole("alert").getByText("The collector cannot be reached.").waitFor();
  expect(await lookOver(page)).toEqual([]);
  await page.unroute("**/api/admin/networks**");
  await page.getByRole("button", { name: "Try again" }).click();
  await region(page, "Networks").waitFor();
  await page.close();
});

test("what is not known yet is not called none, and what was not counted to the end is more", async () => {
  const { page } = await watchedPage(context);
  const ask = Promise.withResolvers<void>();
  await page.route("**/api/admin/deliveries/counts**", async (route) => {
    await ask.promise;
    const json = { pending: 0, delivered: 2_930, rejected: 4, dead: 0, withheld: 1, counted_all: false };
    await route.fulfill({ json });
  });
  await page.goto(`${demo.url}/dashboard/deliveries`);
  const figures = page.locator(".figures-row").first();
  await figures.waitFor();
  expect(await figures.locator("dd").allInnerTexts()).toEqual(["–", "–", "–", "–", "–"]);
  ask.resolve();
  await figures.getByText("2,930+").waitFor();
  expect(await figures.locator("dd").allInnerTexts()).toEqual(["2,930+", "0", "4", "0", "1+"]);
  expect(await lookOver(page)).toEqual([]);
  await page.close();
});

test("what cannot be loaded again stays to be read, below what went wrong", async () => {
  const { page } = await watchedPage(context);
  await page.goto(`${demo.url}/dashboard/deliveries`);
  await region(page, "Networks").waitFor();
  await page.route("**/api/admin/networks**", (route) => route.abort());
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.getByRole("alert").first().getByText("The collector cannot be reached.").waitFor();
  expect(
    await region(page, "Networks")
      .getByRole("row", { name: /Everflow/ })
      .isVisible(),
  ).toBe(true);
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.close();
});

test("a circuit has a time only while it is open, and networks that are not listed are told of", async () => {
  const { page } = await watchedPage(context);
  await page.route(/\/admin\/networks(\?|$)/, async (route) => {
    const json = await demo.api.get<{ data: { circuit: object }[] }>("/networks");
    for (const { circuit } of json.data) Object.assign(circuit, { state: "half_open", open_until: 1 });
    await route.fulfill({ json: { ...json, next_cursor: "more" } });
  });
  await page.goto(`${demo.url}/dashboard/deliveries`);
  await region(page, "Networks").getByText("being tried").first().waitFor();
  expect(await region(page, "Networks").innerText()).not.toContain("until");
  await page.getByText("There are more networks: choose a program to see its own.").waitFor();
  expect(await lookOver(page)).toEqual([]);
  await page.close();
});

test("a network that takes what it gets is not healthy while something waits for it since long", async () => {
  const { page } = await watchedPage(context);
  await page.route(/\/admin\/networks(\?|$)/, async (route) => {
    const json = await demo.api.get<{ data: { oldest_waiting: number | null }[] }>("/networks");
    const waits = [Date.now() - 21 * HOUR_MS, Date.now() - 60_000];
    json.data.forEach((network, i) => {
      network.oldest_waiting = waits[i] ?? null;
    });
    await route.fulfill({ json });
  });
  await page.goto(`${demo.url}/dashboard/deliveries`);
  const health = region(page, "Networks").locator("tbody tr td:nth-child(2)");
  await health.nth(1).waitFor();
  expect(await health.allInnerTexts()).toEqual(["delayed", "healthy"]);
  expect(await lookOver(page)).toEqual([]);
  await page.close();
});

test("a bulk retry ends with its panel", async () => {
  const { page } = await watchedPage(context);
  await page.route("**/api/admin/deliveries/reasons**", (route) =>
    route.fulfill({ json: { data: [{ reason: "gone", deliveries: 9_000 }], counted_all: true } }),
  );
  const first = Promise.withResolvers<void>();
  let calls = 0;
  await page.route("**/api/admin/deliveries/retry", async (route) => {
    calls++;
    await first.promise;
    await route.fulfill({ json: { retried: 5_000, remaining: 4_000, next_cursor: "more" } });
  });
  await page.goto(`${demo.url}/dashboard/deliveries`);
  await page.getByRole("button", { name: "Send all again: dead" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send all again" }).click();
  await page.getByRole("dialog").getByRole("progressbar").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const answered = page.waitForResponse("**/api/admin/deliveries/retry");
  first.resolve();
  await (await answered).finished();
  // Whatever comes of the answer has come before the next is asked for.
  const looked = page.waitForResponse(/\/admin\/networks(\?|$)/);
  await page.getByRole("button", { name: "Refresh" }).click();
  await looked;
  expect(calls).toBe(1);
  await page.close();
});

test("what Everflow's report lacks is shown after comparing, and which affiliates could not be asked", async () => {
  const at = Date.now() - 30 * HOUR_MS;
  const of = { program_id: demo.demo.programId, link_id: demo.demo.links[0]!.id, at, reason: "error_code 0" };
  const [there] = await insertOldClicks(demo.collector, {
    ...of,
    count: 3,
    series: 1,
    state: "delivered",
    attempted_at: Date.now(),
  });
  // One of them is in the report as well.
  await fetch(`${everflow.url}/clk?oid=2101&affid=411&sub5=cust_${there}_${at}`);

  const { page, faults } = await watchedPage(context);
  await page.goto(`${demo.url}/dashboard/deliveries?range=7d&of=${demo.demo.programId}.everflow&tz=UTC`);
  await page.getByText("Nothing was compared in this period yet").waitFor();
  await page.getByRole("button", { name: "Compare now" }).click();
  const first = new Date(Date.now() - 6 * 24 * HOUR_MS).toISOString().slice(0, 10);
  await page.getByText(`Compared since ${first}.`).waitFor();
  const compared = card(page, "Compared with Everflow's own report");
  const days = region(page, "Compared by link and day").locator("tbody tr", { hasText: "TRAILBLOG" });
  await days.first().waitFor();
  const day = new Date(at).toISOString().slice(0, 10);
  expect((await days.filter({ hasText: day }).innerText()).split("\t").slice(2, 5)).toEqual(["3", "1", "2"]);
  expect(await compared.getByText("Could not be read").count()).toBe(0);

  await everflow.fail({
    mode: "status",
    status: 403,
    times: 1,
    path: "/v1/affiliates/reporting/clicks/stream",
  });
  await page.getByRole("button", { name: "Compare now" }).click();
  await compared.getByText("Could not be read").waitFor();
  expect(await compared.getByText(/^Affiliate 41[123]: /).count()).toBe(1);
  expect(await lookOver(page)).toEqual([]);
  expect(faults).toEqual([]);
  await page.close();
});

test("a long period is compared in steps that the API takes, as far back as Everflow's report goes", async () => {
  const { page, faults } = await watchedPage(context);
  const asked: { from: number; to: number }[] = [];
  await page.route("**/api/admin/reconciliation", (route) => {
    asked.push(route.request().postDataJSON());
    return route.fulfill({ json: {} });
  });
  await page.goto(
    `${demo.url}/dashboard/deliveries?range=365d&of=${demo.demo.programId}.everflow&tz=Europe/Berlin`,
  );
  const day = 24 * HOUR_MS;
  const before = Date.now();
  await page.getByRole("button", { name: "Compare now" }).click();
  const oldest = new Date(before - 89 * day).toISOString().slice(0, 10);
  await page.getByText(`Compared since ${oldest}.`).waitFor();
  expect(asked).toHaveLength(3);
  expect(Math.abs(before - asked[0]!.to)).toBeLessThan(2 * 60_000);
  for (const [i, { from, to }] of asked.entries()) {
    expect(to - from).toBeLessThanOrEqual(31 * day);
    if (i > 0) expect(to).toBe(asked[i - 1]!.from);
  }
  expect(new Date(asked[2]!.from).toISOString().slice(0, 10)).toBe(oldest);
  expect(faults).toEqual([]);
  await page.close();
});

test("of what was compared, everything that Everflow's report tells is shown", async () => {
  const counts = {
    sent: 9,
    recorded: 7,
    missing: 2,
    unknown: 3,
    duplicates: 4,
    unclear_arrived: 5,
    unclear_absent: 6,
  };
  const { page, faults } = await watchedPage(context);
  await page.route("**/api/admin/reconciliation?**", (route) => {
    const at = { day: Date.UTC(2026, 10, 20), checked_until: Date.now(), checked_at: Date.now() };
    const row = { ...at, affiliate_id: 411, link_id: null, link_code: null, ...counts };
    return route.fulfill({
      json: { program_id: 1, from: 0, to: 0, totals: counts, data: [row], faults: [] },
    });
  });
  await page.goto(`${demo.url}/dashboard/deliveries?of=${demo.demo.programId}.everflow`);
  await region(page, "Compared by link and day").waitFor();
  const shown = await card(page, "Compared with Everflow's own report").locator(".figure").allInnerTexts();
  expect(shown.map((figure) => figure.replace(/\s+/g, " "))).toEqual([
    "Sent 9",
    "Recorded there 7",
    "Missing there 2",
    "Unknown here 3",
    "Duplicates 4",
    "Unclear, settled 11",
  ]);
  const row = region(page, "Compared by link and day").locator("tbody tr");
  expect((await row.innerText()).split("\t").slice(2, 8)).toEqual(["9", "7", "2", "3", "4", "11"]);
  expect(await row.locator(".error").allInnerTexts()).toEqual(["2", "3", "4"]);
  expect(await lookOver(page)).toEqual([]);
  expect(faults).toEqual([]);
  await page.close();
});

test("how fast a network answers is drawn by the hour, and can be read as a table", async () => {
  const { page, faults } = await watchedPage(context);
  await page.goto(`${demo.url}/dashboard/deliveries?of=${demo.demo.programId}.everflow`);
  await page.getByRole("img", { name: "How long Everflow took to answer, by hour" }).waitFor();
  await page.getByRole("button", { name: "As a table" }).click();
  const hours = region(page, "How long Everflow took to answer, by hour").locator("tbody tr");
  expect(await hours.count()).toBe(24);
  // In the last of them or the one before: an hour may just have begun.
  expect((await hours.allInnerTexts()).slice(-2).join("\n")).toMatch(/\d m?s\t[\d.]+ m?s$/m);
  expect(faults).toEqual([]);
  await page.close();
});

test("thousands of dead deliveries are sent again with a progress bar, and a network that does not answer is paused", async () => {
  const of = { program_id: demo.demo.programId, link_id: demo.demo.links[0]!.id };
  const at = Date.now() - 5 * HOUR_MS;
  await insertOldClicks(demo.collector, {
    ...of,
    at,
    series: 2,
    count: 6_000,
    state: "dead",
    reason: "no answer within 10 s",
  });
  await insertOldClicks(demo.collector, {
    ...of,
    at,
    series: 3,
    count: 2,
    state: "rejected",
    reason: "error_code 9: country",
  });
  await everflow.fail({ mode: "refuse" });

  const { page, faults } = await watchedPage(context);
  // Older than the period on the screen: it is not in the sums, and stays as it is.
  const [old] = await insertOldClicks(demo.collector, {
    ...of,
    at: Date.now() - 40 * 24 * HOUR_MS,
    count: 3,
    series: 5,
    state: "dead",
    reason: "no answer within 10 s",
  });
  await page.goto(`${demo.url}/dashboard/deliveries?of=${of.program_id}.everflow`);
  await card(page, /^Why dead/)
    .getByText("no answer within 10 s")
    .waitFor();
  expect(await card(page, /^Why dead/).innerText()).toContain("6,000");
  expect(await card(page, /^Why refused/).innerText()).toMatch(/error_code 9: country\s+2/);
  const figures = () => page.locator(".figures-row").first().innerText();
  await page.locator(".figures-row", { hasText: "6,000" }).waitFor();
  expect(await figures()).toMatch(/Waiting\s+0\s[\s\S]*Refused\s+2\s[\s\S]*Dead\s+6,000/);

  const single = card(page, "Deliveries");
  await single.getByRole("combobox", { name: "State" }).selectOption("dead");
  await single.getByRole("link", { name: "Next page" }).click();
  await single.getByRole("link", { name: "First page" }).waitFor();
  expect(page.url()).toMatch(/state=dead&cursor=/);
  expect(await single.getByRole("option").allInnerTexts()).toContain("refused");
  expect(await region(page, "Deliveries").locator("tbody tr").count()).toBe(25);

  // The second call is held up, so that the middle can be looked at.
  let letOn = () => {};
  const held = new Promise<void>((resolve) => (letOn = resolve));
  await page.route("**/api/admin/deliveries/retry", async (route) => {
    if (route.request().postDataJSON().cursor) await held;
    await route.continue();
  });
  await page.getByRole("button", { name: "Send all again: dead" }).click();
  const panel = page.getByRole("dialog", { name: "Send dead deliveries again" });
  await panel.getByText("Clicks for Everflow, last 30 days: 6,000. Each gets one more try.").waitFor();
  await panel.getByRole("button", { name: "Send all again" }).click();
  await panel.getByText("5,000 of 6,000 are on their way again.").waitFor();
  const bar = panel.getByRole("progressbar", { name: "Sent on its way again" });
  expect(await bar.evaluate((element: HTMLProgressElement) => element.position)).toBeCloseTo(5 / 6);
  expect(await lookOver(page)).toEqual([]);
  letOn();
  await panel.getByText("6,000 are on their way again.", { exact: true }).waitFor();
  expect(await bar.evaluate((element: HTMLProgressElement) => element.position)).toBe(1);
  await panel.getByRole("button", { name: "Close" }).last().click();
  await page.locator(".figures-row", { hasText: /Waiting\s*6,000/ }).waitFor();
  expect(await card(page, /^Why dead/).innerText()).toContain("None.");
  expect((await demo.api.get<{ state: string }>(`/deliveries/${old}.everflow`)).state).toBe("dead");

  const network = region(page, "Networks").getByRole("row", { name: /Everflow/ });
  await until(async () => {
    const answered = page.waitForResponse(/\/admin\/networks(\?|$)/);
    await page.getByRole("button", { name: "Refresh" }).click();
    await answered;
    await page.waitForFunction(() => !document.querySelector(".stale, .loading"));
    return /paused/.test(await network.innerText());
  }, 20_000);
  expect(await network.innerText()).toMatch(/paused\s+until \d\d:\d\d:\d\d\s+6,000\s+5 h\s/);
  expect(await lookOver(page)).toEqual([]);
  expect(faults).toEqual([]);
  await page.close();
});
