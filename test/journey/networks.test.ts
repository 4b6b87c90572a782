/** What the networks get of a visitor, end to end: real browser, real sockets, real alarms. */

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import type { Received } from "../../scripts/sandbox/ledger.ts";
import { launchBrowser } from "../support/node/browser.ts";
import { sendClick } from "../support/node/click-load.ts";
import { type Networked, openNetworked, secrets } from "../support/node/networked.ts";
import { openShop, visit } from "../support/node/shop.ts";
import { until } from "../support/node/until.ts";

/** What issue 3 promises while a network is up. */
const WITHIN_MS = 2_000;
const DELIVERED_MS = 15_000;
/** A headless browser says that it is one, and nothing is forwarded of those. */
const CHROME_ON_WINDOWS =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const COLLECTOR_HOST = "track.shop.localhost";
const CODE = "TRAILBLOG";
/** To every request of a Worker: the zone that it runs in. Nothing that a Worker can leave out. */
const RUNTIME_ADDS = expect.stringMatching(/^clickferry\./);

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

test("a visitor who lands with aff and avad is told of to both networks, once, and with nothing that is not theirs", async () => {
  const shop = await openShop();
  onTestFinished(() => shop.close());
  const networked = await openNetworked({ shopUrl: shop.url("") });
  const { collector, sandboxes, demo } = networked;
  const { port } = new URL(collector.url);
  shop.tag = `<script async src="http://${COLLECTOR_HOST}:${port}/tracker.js" data-program="${demo.programId}"></script>`;
  const context = await browser.newContext({ userAgent: CHROME_ON_WINDOWS });
  onTestFinished(() => context.close());

  const from = shop.url("/post?email=jo@mail.example&post=7");
  const landing = `/pricing?aff=${CODE}&avad=77_f3afbe121&gclid=g%2F1+x&sub1=deal&email=jo@mail.example&plan=pro`;
  const { page, faults } = await visit(context, from);
  await Promise.all([
    page.waitForResponse((response) => new URL(response.url()).pathname === "/api/v1/track/click"),
    page.evaluate((url) => location.assign(url), shop.url(landing)),
  ]);
  expect(faults).toEqual([]);
  await allSettled(networked, 2);

  const [event] = await networked.rows<{ id: string; at: number }>("SELECT * FROM affiliate_click_events");
  const clickId = `cust_${event!.id}_${event!.at}`;
  const cookies = Object.fromEntries((await context.cookies()).map(({ name, value }) => [name, value]));
  expect(cookies.affitor_click_id).toBe(clickId);

  const [toEverflow, ...moreToEverflow] = sandboxes.everflow.received;
  expect(moreToEverflow).toEqual([]);
  expect(asSent(toEverflow!)).toEqual({
    line: `GET /clk?oid=2101&affid=411&sub1=deal&gclid=g%2F1+x&sub5=${clickId}`,
    headers: {
      host: hostOf(sandboxes.everflow.url),
      "user-agent": CHROME_ON_WINDOWS,
      "cf-worker": RUNTIME_ADDS,
    },
    body: "",
  });

  const [toAvantlink, ...moreToAvantlink] = sandboxes.avantlink.received;
  expect(moreToAvantlink).toEqual([]);
  const { body, ...sent } = asSent(toAvantlink!);
  expect(sent).toEqual({
    line: `POST /merchants/${sandboxes.program.avantlink.merchant_id}/tracking/click`,
    headers: {
      host: hostOf(sandboxes.avantlink.url),
      "user-agent": `Clickferry/${packageJson.version}`,
      "content-type": "application/json",
      accept: "application/json",
      "content-length": String(Buffer.byteLength(body)),
      "cf-worker": RUNTIME_ADDS,
    },
  });
  expect(JSON.parse(body)).toEqual({
    tracking_ids: { visitor_id: [clickId], avantlink_avad: "77_f3afbe121" },
    user_agent: CHROME_ON_WINDOWS,
    current_url: shop.url(`/pricing?aff=${CODE}&avad=77_f3afbe121&gclid=g%2F1+x&sub1=deal&plan=pro`),
    referrer_url: shop.url("/post?post=7"),
    google_click_id: "g/1 x",
  });

  const all = JSON.stringify([sandboxes.everflow.received, sandboxes.avantlink.received]);
  for (const secret of ["mail.example", secrets.adminToken, secrets.clickIdSecret, "sandbox-network-key"]) {
    expect(all).not.toContain(secret);
  }
});

test("while one network hangs, clicks are recorded and the other gets them within two seconds", async () => {
  const networked = await openNetworked();
  const { collector, sandboxes } = networked;
  await sandboxes.everflow.fail({ mode: "hang" });
  // More than a courier has under way at a time.
  for (let n = 0; n < 8; n++) {
    const begin = performance.now();
    const clickId = await sendClick(collector.url, CODE, { session: `${n}`, avad: "77_f3afbe121" });
    const recorded = () =>
      networked.rows("SELECT 1 FROM affiliate_click_events WHERE session_id = ?", `${n}`);
    await until(async () => (await recorded()).length === 1, WITHIN_MS, "it is recorded");
    await until(() => sandboxes.avantlink.times(clickId!) === 1, WITHIN_MS, "AvantLink gets it");
    expect(performance.now() - begin).toBeLessThan(WITHIN_MS);
  }
  const delivered = async () => (await states(networked, "avantlink")).delivered === 8;
  await until(delivered, WITHIN_MS, "AvantLink's are settled");
  expect(await states(networked, "everflow")).toEqual({ pending: 8 });
  expect(sandboxes.everflow.counts.clicks).toBe(0);
});

// The courier used to look for more only when something under way had ended.
test("a click that a network keeps waiting does not delay the next one to it", async () => {
  const { collector, sandboxes } = await openNetworked();
  const { everflow } = sandboxes;
  await everflow.fail({ mode: "hang", times: 1 });
  await sendClick(collector.url, CODE, { session: "hangs" });
  await until(() => everflow.counts.requests === 1, DELIVERED_MS, "Everflow hangs");
  const clickId = await sendClick(collector.url, CODE, { session: "next" });
  await until(() => everflow.times(clickId!) === 1, WITHIN_MS, "Everflow gets the next one");
});

async function allSettled({ rows }: Networked, count: number): Promise<void> {
  const delivered = () => rows("SELECT 1 FROM deliveries WHERE state = 'delivered'");
  await until(async () => (await delivered()).length === count, DELIVERED_MS, `${count} are delivered`);
}

/** How many deliveries are in which state. */
async function states({ rows }: Networked, network: string): Promise<Record<string, number>> {
  const counts = await rows<{ state: string; n: number }>(
    "SELECT state, COUNT(*) AS n FROM deliveries WHERE network = ? GROUP BY state",
    network,
  );
  return Object.fromEntries(counts.map(({ state, n }) => [state, n]));
}

function asSent({ method, url, headers, body }: Received) {
  return { line: `${method} ${url}`, headers: { ...headers }, body };
}

function hostOf(url: string): string {
  return new URL(url).host;
}
