/** The AvantLink sandbox behaves as seed 004 says, over real sockets. */
import { expect, onTestFinished, test } from "vitest";
import { openAvantlinkSandbox } from "../../scripts/sandbox/avantlink.ts";
import type { Sandbox } from "../../scripts/sandbox/sandbox.ts";

const MERCHANT = "6d1b3d5c-8d59-4c43-9d0e-7a3c1f0b2e44";
const PATH = `/merchants/${MERCHANT}/tracking/click`;
const HEADERS = {
  "Content-Type": "application/json",
  Accept: "application/json",
  "User-Agent": "Clickferry/0.1.0",
};
/** The seed's own example. */
const BODY = {
  tracking_ids: { user_id: ["u_78901"], visitor_id: ["vis_3f2c1a97"], avantlink_avad: "77_f3afbe121" },
  user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64)...",
  current_url: "https://store.example.com/products/widget?avad=77_f3afbe121",
};
const NO_TRACKING_ID = {
  error: "You must provide at least one tracking id in order to generate a episode_id.",
  error_key: "client.model.merchants_tracking.tracking_ids.blank",
  exception: "InvalidArgumentException",
};

async function opened(merchants?: string[]): Promise<Sandbox> {
  const sandbox = await openAvantlinkSandbox({ merchants });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

async function post({ url }: Sandbox, body: unknown = BODY, path = PATH, headers: object = HEADERS) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url + path, { method: "POST", headers: { ...headers }, body: text });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("the seed's own example is taken in", async () => {
  const sandbox = await opened();
  expect(await post(sandbox)).toEqual({ status: 200, body: { success: true } });
  expect(sandbox.counts).toMatchObject({ clicks: 1, distinct: 1 });
  expect(sandbox.times("vis_3f2c1a97")).toBe(1);
});

test("every field of the seed is taken", async () => {
  const fields = {
    referrer_url: "https://blog.example",
    google_click_id: "Cj0",
    custom_tracking_code: "x",
    user_ip_address: "198.51.100.7",
  };
  expect((await post(await opened(), { ...BODY, ...fields })).status).toBe(200);
});

test.for([
  { user_id: ["u_78901"] },
  { visitor_id: ["vis_3f2c1a97"] },
  { avantlink_avad: "77_f3afbe121" },
  { user_id: [], visitor_id: ["vis"], avantlink_avad: "" },
])("one tracking id is enough: %j", async (tracking_ids) => {
  expect((await post(await opened(), { ...BODY, tracking_ids })).status).toBe(200);
});

test.for([
  undefined,
  {},
  { user_id: [], visitor_id: [], avantlink_avad: "" },
  { user_id: [""], visitor_id: [""] },
])("without one, the seed's own refusal: %j", async (tracking_ids) => {
  const sandbox = await opened();
  expect(await post(sandbox, { ...BODY, tracking_ids })).toEqual({ status: 400, body: NO_TRACKING_ID });
  expect(sandbox.counts.clicks).toBe(0);
});

test.for<[body: unknown, error: string]>([
  ["{", "The body must be a JSON object"],
  ["null", "The body must be a JSON object"],
  [{ ...BODY, user_agent: undefined }, "user_agent is required"],
  [{ ...BODY, current_url: 7 }, "current_url is required"],
  [{ ...BODY, tracking_ids: { user_id: "u_78901" } }, "user_id must be an array of strings"],
  [{ ...BODY, tracking_ids: { visitor_id: [7] } }, "visitor_id must be an array of strings"],
  [{ ...BODY, referrer_url: null }, "referrer_url must be a string"],
])("%j is refused: %s", async ([body, error]) => {
  expect(await post(await opened(), body)).toEqual({
    status: 400,
    body: { error, error_key: expect.stringMatching(/^sandbox\./), exception: "InvalidArgumentException" },
  });
});

test.for(["Content-Type", "Accept", "User-Agent"] as const)("the header %s is required", async (name) => {
  // fetch would put its own in the place of one that is not there.
  const answer = await post(await opened(), BODY, PATH, {
    ...HEADERS,
    [name]: name === "User-Agent" ? "" : "text/plain",
  });
  expect([answer.status, answer.body.error]).toEqual([400, expect.stringContaining(name)]);
});

test.for<[path: string, status: number]>([
  [`${PATH}-`, 404],
  ["/merchants/12345/tracking/click", 400],
  ["/merchants/00000000-0000-4000-8000-000000000000/tracking/click", 404],
  [PATH.toUpperCase().replace("MERCHANTS", "merchants").replace("TRACKING/CLICK", "tracking/click"), 200],
  ["/", 404],
])("%s: %i", async ([path, status]) => {
  expect((await post(await opened([MERCHANT]), BODY, path)).status).toBe(status);
});

test("a click is a POST", async () => {
  const { url } = await opened();
  expect((await fetch(url + PATH)).status).toBe(405);
});

test("told to, it refuses as the seed says", async () => {
  const sandbox = await opened();
  await sandbox.fail({ mode: "error_key", times: 1 });
  expect(await post(sandbox)).toEqual({ status: 400, body: NO_TRACKING_ID });
  expect((await post(sandbox)).status).toBe(200);
});

test("told to, it answers 200 without success", async () => {
  const sandbox = await opened();
  await sandbox.fail({ mode: "no_success" });
  expect(await post(sandbox)).toEqual({ status: 200, body: { success: false } });
  expect(sandbox.counts.clicks).toBe(0);
});
