/** Everflow's tracking URL of a link, asked of Everflow (seed 001) from the management API. */
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { call, programAndPartner, SHOP } from "./support/call.ts";
import { API, answerAsEverflow, NETWORK_KEY } from "./support/own-everflow.ts";

const SETTINGS = {
  tracking_domain: "https://www.acme-trk.example",
  api_base: API,
  api_key_secret: "EVERFLOW_API_KEY",
};
const URL_THERE = "https://www.acme-trk.example/ABC123/DEF456/?sub1=a";

let link_id: number;
let program_id: number;
let partner_id: number;

beforeAll(async () => {
  partner_id = (await programAndPartner()).partner_id;
  program_id = (await call("POST", "/programs", { ...SHOP, everflow: SETTINGS })).body.id;
});

beforeEach(async () => {
  const everflow = {
    offer_id: 6,
    affiliate_id: 7,
    sub1: "a",
    source_id: "newsletter",
    creative_id: 5,
    uid: 8,
    coupon_code: "SUMMER",
  };
  const code = crypto.randomUUID();
  const given = { program_id, partner_id, code, destination_url: "https://shop.example/", everflow };
  link_id = (await call("POST", "/links", given)).body.id;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await call("PATCH", `/programs/${program_id}`, { everflow: SETTINGS });
  await call("PATCH", `/links/${link_id}`, { everflow: null });
});

const make = () => call("POST", `/links/${link_id}/everflow-link`);

test("Everflow is asked with the link's offer, affiliate and parameters; its URL is kept and returned", async () => {
  const calls = answerAsEverflow(() => Response.json({ url: URL_THERE }));
  const { status, body } = await make();
  expect(status).toBe(200);
  expect(body).toEqual({ url: URL_THERE });
  expect(calls).toHaveLength(1);
  expect(calls[0]!).toMatchObject({ method: "POST", url: `${API}/v1/networks/tracking/offers/clicks` });
  expect(calls[0]!.headers.get("X-Eflow-API-Key")).toBe(NETWORK_KEY);
  expect(JSON.parse(calls[0]!.body)).toEqual({
    network_offer_id: 6,
    network_affiliate_id: 7,
    network_offer_url_id: 8,
    creative_id: 5,
    source_id: "newsletter",
    sub1: "a",
  });
  expect((await call("GET", `/links/${link_id}`)).body.everflow_tracking_url).toBe(URL_THERE);
});

test("another offer makes the URL that is kept void", async () => {
  answerAsEverflow(() => Response.json({ url: URL_THERE }));
  await make();
  const { everflow } = (await call("GET", `/links/${link_id}`)).body;
  await call("PATCH", `/links/${link_id}`, { status: "inactive", everflow });
  expect((await call("GET", `/links/${link_id}`)).body.everflow_tracking_url).toBe(URL_THERE);
  await call("PATCH", `/links/${link_id}`, { everflow: { offer_id: 60, affiliate_id: 7 } });
  expect((await call("GET", `/links/${link_id}`)).body.everflow_tracking_url).toBeNull();
});

test("a URL that arrives for an offer of before is not kept", async () => {
  answerAsEverflow(async () => {
    await call("PATCH", `/links/${link_id}`, { everflow: { offer_id: 60, affiliate_id: 7 } });
    return Response.json({ url: URL_THERE });
  });
  await make();
  expect((await call("GET", `/links/${link_id}`)).body.everflow_tracking_url).toBeNull();
});

test.each([
  [
    () => Response.json({ error: "Affiliate 7 may not run offer 6" }, { status: 404 }),
    "Affiliate 7 may not run offer 6",
  ],
  [
    () => Response.json({ Error: "Invalid key everflow-network-key-for-tests" }, { status: 401 }),
    "Invalid key [secret]",
  ],
  [() => Response.json({}), "Everflow's answer has no url"],
  [() => new Response("<title>Bad gateway</title>", { status: 502 }), "Bad gateway"],
  [
    () => {
      throw new Error("refused");
    },
    "connection failed: refused",
  ],
])("what Everflow says instead is told with 502, and nothing is kept: %#", async (answer, error) => {
  answerAsEverflow(answer as () => Response);
  const { status, body } = await make();
  expect(status).toBe(502);
  expect(body).toEqual({ error: `Everflow: ${error}` });
  expect((await call("GET", `/links/${link_id}`)).body.everflow_tracking_url).toBeNull();
});

test.each([
  [
    "the program has no Everflow settings",
    { everflow: null },
    {},
    "the link's program has no Everflow settings",
  ],
  ["the link has no offer", {}, { everflow: null }, "the link has no Everflow offer and affiliate"],
  [
    "the settings name no key",
    { everflow: { ...SETTINGS, api_key_secret: undefined } },
    {},
    "the program's everflow settings name no api_key_secret",
  ],
  [
    "the key is not set",
    { everflow: { ...SETTINGS, api_key_secret: "NOT_SET" } },
    {},
    "the Worker secret NOT_SET is not set: npx wrangler secret put NOT_SET",
  ],
])("nobody is asked when %s", async (_, program, link, error) => {
  answerAsEverflow(() => expect.fail("called"));
  await call("PATCH", `/programs/${program_id}`, program);
  await call("PATCH", `/links/${link_id}`, link);
  expect(await make()).toMatchObject({ status: 409, body: { error, field: "everflow" } });
});

test("there is no link 999999, and no other method", async () => {
  expect(await call("POST", "/links/999999/everflow-link")).toMatchObject({ status: 404 });
  expect((await call("GET", `/links/${link_id}/everflow-link`)).headers.get("Allow")).toBe("POST");
});
