/** What a delivery's detail says that was sent. That it is what a network got: test/journey/live.test.ts. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { DeliveryDetail } from "../../worker/reports/schemas/delivery.ts";
import { MERCHANT } from "../support/program.ts";
import { call, callWith, programWithLink } from "./support/call.ts";
import { insertClick, insertDelivery } from "./support/rows.ts";

const AT = Date.UTC(2026, 2, 3, 10);
const FAILED = { at: AT + 1_000, duration_ms: 5, status: 503, words: "busy" };
const EVERFLOW = { tracking_domain: "https://www.acme-trk.example", api_key_secret: "EVERFLOW_API_KEY" };
const OFFER = { offer_id: 2101, affiliate_id: 411, sub2: "spring" };

let mine: Awaited<ReturnType<typeof programWithLink>>;
beforeAll(async () => {
  mine = await programWithLink("MINE");
});

/** The program as it was before the attempt. */
beforeEach(async () => {
  const avantlink = { merchant_id: MERCHANT };
  expect(
    (await call("PATCH", `/programs/${mine.program_id}`, { everflow: EVERFLOW, avantlink })).status,
  ).toBe(200);
  expect((await call("PATCH", `/links/${mine.link_id}`, { everflow: OFFER })).status).toBe(200);
  await env.DB.batch([
    env.DB.prepare("UPDATE programs SET updated_at = ?").bind(AT),
    env.DB.prepare("UPDATE referral_links SET updated_at = ?").bind(AT),
  ]);
});

async function attempted(network: "everflow" | "avantlink", attempts = [FAILED]) {
  const event_id = await insertClick(
    { at: AT, ...mine },
    {
      affiliate_url: "https://shop.example/?aff=MINE&avad=77_x&email=jo@mail.example",
      user_agent: "Mozilla/5.0",
      ip: "198.51.100.7",
      params: JSON.stringify({ avad: "77_x", sub1: "deal" }),
    },
  );
  const id = await insertDelivery({
    event_id,
    program_id: mine.program_id,
    network,
    attempts,
    state: "dead",
  });
  return { id, event_id, click_id: `cust_${event_id}_${AT}` };
}

async function sent(id: string) {
  const { status, body } = await call("GET", `/deliveries/${id}`);
  expect(status).toBe(200);
  expect(DeliveryDetail.parse(body)).toEqual(body);
  return body.sent;
}

test("what Everflow was sent is shown with the delivery and with its click", async () => {
  const { id, event_id, click_id } = await attempted("everflow");
  const expected = {
    method: "GET",
    url: `https://www.acme-trk.example/clk?oid=2101&affid=411&sub2=spring&sub1=deal&sub5=${click_id}`,
    headers: { "User-Agent": "Mozilla/5.0", "X-Forwarded-For": "198.51.100.7" },
    body: null,
    settings_changed_since: false,
  };
  expect(await sent(id)).toEqual(expected);
  expect((await call("GET", `/clicks/${event_id}`)).body.deliveries[0].sent).toEqual(expected);
});

test("what AvantLink was sent is shown, without what never leaves", async () => {
  const { id, click_id } = await attempted("avantlink");
  const { body, ...rest } = await sent(id);
  expect(rest).toEqual({
    method: "POST",
    url: `https://client.avantlink.com/merchants/${MERCHANT}/tracking/click`,
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "User-Agent": `Clickferry/${packageJson.version}`,
    },
    settings_changed_since: false,
  });
  expect(JSON.parse(body)).toEqual({
    tracking_ids: { visitor_id: [click_id], avantlink_avad: "77_x" },
    user_agent: "Mozilla/5.0",
    current_url: "https://shop.example/?aff=MINE&avad=77_x",
    user_ip_address: "198.51.100.7",
  });
});

test.each([
  [
    "program",
    () =>
      call("PATCH", `/programs/${mine.program_id}`, { everflow: { ...EVERFLOW, click_id_param: "sub4" } }),
  ],
  ["link", () => call("PATCH", `/links/${mine.link_id}`, { everflow: { ...OFFER, offer_id: 2102 } })],
  [
    "network's switch",
    () => call("PATCH", `/programs/${mine.program_id}`, { everflow: { ...EVERFLOW, enabled: false } }),
  ],
])("a change of the %s after the last attempt is told", async (_, change) => {
  const { id } = await attempted("everflow");
  await change();
  expect(await sent(id)).toMatchObject({ settings_changed_since: true });
});

test("where nothing was sent, or nobody can say any more what, nothing is shown", async () => {
  expect(await sent((await attempted("everflow", [])).id)).toBeNull();
  const { id, event_id } = await attempted("everflow");
  await call("PATCH", `/links/${mine.link_id}`, { everflow: null });
  expect(await sent(id)).toBeNull();
  const other = await attempted("avantlink");
  await call("PATCH", `/programs/${mine.program_id}`, { everflow: EVERFLOW, avantlink: null });
  expect(await sent(other.id)).toBeNull();
  await env.DB.prepare("DELETE FROM affiliate_click_events WHERE id = ?").bind(event_id).run();
  expect(await sent(id)).toBeNull();
});

test("settings from before a rule, of which no request can be made, hide nothing else", async () => {
  const { id } = await attempted("everflow");
  await env.DB.prepare("UPDATE programs SET everflow = ?")
    .bind(JSON.stringify({ tracking_domain: "nowhere" }))
    .run();
  expect(await sent(id)).toBeNull();
});

test("a secret that a page put into its landing is not shown", async () => {
  const { id } = await attempted("everflow");
  const { text, body } = await callWith(
    { EVERFLOW_API_KEY: "Mozilla/5.0" } as object,
    "GET",
    `/deliveries/${id}`,
  );
  expect(body.sent.headers["User-Agent"]).toBe("[secret]");
  expect(text).not.toContain("Mozilla/5.0");
});
