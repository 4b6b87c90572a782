import { afterAll, beforeAll, expect, test } from "vitest";
import {
  accessibilityFaults,
  type DashboardDemo,
  openDashboardDemo,
  signedIn,
  watchedPage,
} from "../support/node/dashboard.ts";
import { until } from "../support/node/until.ts";

const WIDTHS = [360, 1024, 1600];

let demo: DashboardDemo;
let clickId: string;

beforeAll(async () => {
  demo = await openDashboardDemo();
  const answer = await fetch(`${demo.collector.url}/api/v1/track/click`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    },
    body: JSON.stringify({
      affiliate_url: demo.demo.links[0]!.url,
      page_url: demo.demo.links[0]!.url,
      page_title: `<img src=x onerror="document.title='owned'">${"long".repeat(40)}`,
    }),
  });
  ({ click_id: clickId } = (await answer.json()) as { click_id: string });
  await until(async () => (await demo.api.get<{ data: unknown[] }>("/clicks")).data.length > 0, 10_000);
});
afterAll(() => demo.close());

test.each(["light", "dark"] as const)(
  "every view, %s: nothing for axe, nothing beyond the window's edge, no error, no other host",
  async (colorScheme) => {
    const context = await signedIn(demo, { colorScheme });
    const { page, faults, hosts } = await watchedPage(context);
    const views = [
      "/",
      `/links/${demo.demo.links[0]!.id}`,
      "/live",
      `/clicks/${clickId}`,
      "/deliveries",
      "/setup",
      "/setup/partners",
      "/setup/install",
      "sign-in",
    ];
    for (const view of views) {
      if (view === "sign-in") await context.clearCookies();
      await page.goto(`${demo.url}/dashboard${view === "sign-in" ? "/" : view}`);
      await page.locator("h1").first().waitFor();
      await page.locator('.loading, [aria-busy="true"]').first().waitFor({ state: "detached" });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        const at = `${view} at ${width} px`;
        // Charts follow the window a frame later.
        await expect
          .poll(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth), { message: at })
          .toBeLessThanOrEqual(0);
        if (width !== 1024) expect(await accessibilityFaults(page), at).toEqual([]);
      }
      expect(await page.title()).not.toBe("owned");
    }
    expect(faults).toEqual([]);
    expect([...hosts]).toEqual([new URL(demo.url).host]);
    await context.close();
  },
);
