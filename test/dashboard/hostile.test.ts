/** What strangers can write into the dashboard: it is shown as text, and does nothing. */

import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  accessibilityFaults,
  type DashboardDemo,
  openDashboardDemo,
  signedIn,
  watchedPage,
} from "../support/node/dashboard.ts";
import { until } from "../support/node/until.ts";

/** Ends what text may stand in, and calls where it can. */
const MARKUP = `"'></title></script><img src=x onerror=hit()><svg onload=hit()><a href="javascript:hit()">go</a>`;
const OVERRIDE = "\u202egpj.exe\u2066\u202e";
const TITLE = `${MARKUP}{{hit()}}\${hit()}`;
const REFERRER = `https://evil.example/${"w".repeat(400)}?<script>hit()</script>`;
/** A person's, or the click would be sent to no network. */
const AGENT =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 <img src=x onerror=hit`1`>";
const SESSION = `${OVERRIDE}<iframe srcdoc="<script>parent.hit()</script>">`;
const SUB = "javascript:hit()//";
/** By the network, as far as it is kept. */
const SAID = "<img src=x onerror=hit()><svg onload=hit()>";
const PHONE = { width: 360, height: 780 };

let demo: DashboardDemo;
let context: BrowserContext;
let event: string;

beforeAll(async () => {
  demo = await openDashboardDemo();
  await demo.sandboxes.everflow.fail({ mode: "status", status: 400, body: MARKUP });
  const { url } = demo.demo.links[0]!;
  const answer = await fetch(`${demo.collector.url}/api/v1/track/click`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      affiliate_url: `${url}&sub1=${encodeURIComponent(SUB)}&sub2=${encodeURIComponent(MARKUP)}`,
      page_url: "javascript:hit()",
      page_title: TITLE,
      referrer_url: REFERRER,
      session_id: SESSION,
      language: `${OVERRIDE}${MARKUP}`.slice(0, 30),
      user_agent: AGENT,
      additional_data: { event_id: `<b>${"x".repeat(50)}` },
    }),
  });
  expect(await answer.clone().text()).toContain("click_id");
  const { click_id } = (await answer.json()) as { click_id: string };
  event = /_(\w+)_/.exec(click_id)![1]!;
  await demo.api.post("/partners", { name: MARKUP.slice(0, 90) });
  await demo.api.patch(`/programs/${demo.demo.programId}`, { name: `${OVERRIDE}<img src=x onerror=hit()>` });
  // Past the API, which refuses it.
  const db = await demo.collector.mf.getD1Database("DB");
  await db
    .prepare("UPDATE referral_links SET destination_url = 'javascript:hit()', code = ? WHERE id = ?")
    .bind(`${OVERRIDE}<img src=x onerror=hit()>${"L".repeat(120)}`, demo.demo.links[1]!.id)
    .run();
  await until(
    () =>
      demo.api.get<{ deliveries: { state: string }[] }>(`/clicks/${event}`).then(
        ({ deliveries }) => deliveries.every(({ state }) => state !== "pending"),
        () => false,
      ),
    10_000,
  );
  context = await signedIn(demo, { viewport: PHONE });
  await context.addInitScript(() => {
    Object.assign(window, { hits: 0, hit: () => (window as unknown as { hits: number }).hits++ });
  });
});
afterAll(() => demo.close());

/** What would have come of it, had anything been taken for more than text. */
async function expectHarmless(page: Page): Promise<void> {
  await page.waitForFunction(() => !document.querySelector(".stale, .loading"));
  const found = await page.evaluate(() => ({
    hits: (window as unknown as { hits: number }).hits,
    strange: [
      ...document.querySelectorAll(
        "#app :is(script, iframe, img:not([src='/dashboard/icon.svg']), b, [onerror], [onclick], [onload], [style*='hit'])",
      ),
    ].map(({ outerHTML }) => outerHTML),
    links: [...document.querySelectorAll<HTMLAnchorElement>("a[href]")]
      .map(({ href }) => href)
      .filter((href) => !/^https?:\/\//.test(href)),
    wide: document.documentElement.scrollWidth,
  }));
  expect(found).toEqual({ hits: 0, strange: [], links: [], wide: PHONE.width });
  expect(await accessibilityFaults(page)).toEqual([]);
}

const VIEWS: [name: string, path: () => string, shown: string[]][] = [
  ["the links", () => "/", ["javascript:hit()", "<img src=x onerror=hit()>"]],
  ["a link", () => `/links/${demo.demo.links[0]!.id}`, [TITLE]],
  ["a link that leads to a script", () => `/links/${demo.demo.links[1]!.id}`, ["javascript:hit()"]],
  ["a click", () => `/clicks/${event}`, [TITLE, REFERRER, AGENT, SESSION, SUB, MARKUP, "javascript:hit()"]],
  ["the deliveries", () => `/deliveries?of=${demo.demo.programId}.everflow`, [SAID]],
  ["the set-up", () => "/setup", ["<img src=x onerror=hit()>"]],
  ["the partners", () => "/setup/partners", [MARKUP.slice(0, 90)]],
];

test.each(VIEWS)(
  "%s shows what strangers wrote as text, and nothing of it happens",
  async (_, path, shown) => {
    const { page, faults, hosts } = await watchedPage(context);
    await page.goto(`${demo.url}/dashboard${path()}`);
    await page.locator("main h1").first().waitFor();
    await expectHarmless(page);
    const text = await page.locator("main").evaluate((main) => main.textContent);
    for (const each of shown) expect(text).toContain(each);
    expect(faults).toEqual([]);
    expect([...hosts]).toEqual([new URL(demo.url).host]);
    await page.close();
  },
);

test("the live view shows what strangers wrote as text, and nothing of it happens", async () => {
  const { page, faults, hosts } = await watchedPage(context);
  await page.goto(`${demo.url}/dashboard/live`);
  await page.getByText("connected", { exact: true }).waitFor();
  await fetch(`${demo.collector.url}/api/v1/track/click`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      affiliate_url: demo.demo.links[0]!.url,
      page_url: "javascript:hit()",
      page_title: OVERRIDE + TITLE,
      referrer_url: REFERRER,
      user_agent: AGENT,
    }),
  });
  // Below it are the clicks of before.
  const row = page.locator("tbody tr").filter({ hasText: OVERRIDE + TITLE });
  await row.getByText("Everflow refused").waitFor();
  await expectHarmless(page);
  expect(await page.locator("tbody").evaluate((body) => body.textContent)).toContain(OVERRIDE + TITLE);
  expect(faults).toEqual([]);
  expect([...hosts]).toEqual([new URL(demo.url).host]);
  await page.close();
});
