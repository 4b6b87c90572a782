import { expect, onTestFinished, test, vi } from "vitest";
import type { AdminApi } from "../../scripts/admin-api.ts";
import { clickLine, type WatchedClick, watchClicks } from "../../scripts/watch-clicks.ts";
import { until } from "../support/node/until.ts";

const click: WatchedClick = {
  id: "6b00eeaf66a8b5ad98bea16bdbf8e8f2",
  at: new Date(2026, 10, 21, 9, 5, 7).getTime(),
  click_id: "cust_6b00eeaf66a8b5ad98bea16bdbf8e8f2_1795223215577",
  link_code: "TRAILBLOG",
  customer_id: "6b00eeaf66a8b5ad98bea16bdbf8e8f2",
  is_bot: false,
  browser: "Chrome",
  os: "Windows",
  country: "NL",
  page_url: "http://shop.localhost:8788/",
};

/** The management API's list of clicks, newest first, as a test changes it. */
function listOf(...ids: string[]) {
  const list = {
    ids,
    looks: 0,
    get: async () => {
      list.looks++;
      return { data: list.ids.map((id) => ({ ...click, id })) };
    },
  };
  return list as typeof list & Pick<AdminApi, "get">;
}

async function watched(api: Pick<AdminApi, "get">): Promise<string[]> {
  const told: string[] = [];
  const watch = await watchClicks(api, ({ id }) => told.push(id));
  onTestFinished(() => watch.close());
  return told;
}

test("clicks from before are not told of, later ones are, oldest first", async () => {
  const list = listOf("b", "a");
  const told = await watched(list);
  list.ids = ["d", "c", "b", "a"];
  await until(() => told.length === 2, 5_000);
  expect(told).toEqual(["c", "d"]);
});

// Intakes record in no common order.
test("a click that comes in late, behind newer ones, is told of, and none twice", async () => {
  const list = listOf("b");
  const told = await watched(list);
  list.ids = ["d", "b"];
  await until(() => told.length === 1, 5_000);
  list.ids = ["d", "c", "b"];
  await until(() => told.length === 2, 5_000);
  const { looks } = list;
  await until(() => list.looks > looks, 5_000);
  expect(told).toEqual(["d", "c"]);
});

test("a collector that cannot tell is complained of once, and watched on", async () => {
  const complaints = vi.spyOn(console, "error").mockImplementation(() => undefined);
  onTestFinished(() => complaints.mockRestore());
  const list = listOf();
  const { get } = list;
  const told = await watched(list);
  list.looks = 0;
  list.get = () => {
    list.looks++;
    return Promise.reject(new Error("fetch failed"));
  };
  await until(() => list.looks === 2, 5_000);
  Object.assign(list, { get, ids: ["a"] });
  await until(() => told.length === 1, 5_000);
  expect(complaints.mock.calls).toEqual([["Clicks cannot be shown: fetch failed"]]);
});

test.for([
  {
    what: "a new visitor's click",
    row: {},
    line: `09:05:07  click  TRAILBLOG  new visitor  Chrome on Windows  NL  ${click.page_url}  ${click.click_id}`,
  },
  {
    // Its first on this link counts as unique; the visitor is known all the same.
    what: "a known visitor's click, on whichever link,",
    row: { id: "6b00eeb0c1d2e3f4a5b6c7d8e9f0a1b2" },
    line: `09:05:07  click  TRAILBLOG  known visitor  Chrome on Windows  NL  ${click.page_url}  ${click.click_id}`,
  },
  {
    what: "a bot's click, with little known",
    row: { is_bot: true, browser: "Googlebot", os: null, country: null, page_url: null },
    line: `09:05:07  click  TRAILBLOG  bot, not counted  Googlebot  ${click.click_id}`,
  },
  // Whoever clicks writes both: an escape in them moved the cursor and coloured the terminal of whoever watched.
  {
    what: "a click with escapes in it",
    row: { browser: "Chr\u001b[2J\u0007ome\u009b31m", page_url: "http://shop.localhost/\r\n\u007fx\u0000" },
    line: `09:05:07  click  TRAILBLOG  new visitor  Chr[2Jome31m on Windows  NL  http://shop.localhost/x  ${click.click_id}`,
  },
])("$what is one line", ({ row, line }) => {
  expect(clickLine({ ...click, ...row })).toBe(line);
});
