/** A test click from the management API to the sandboxes that play the networks, over real sockets. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test } from "vitest";
import { withoutSecrets } from "../../worker/reports/setup/without-secrets.ts";
import { rowsStored } from "../support/program.ts";
import { received, sandboxes, tell } from "../support/sandboxes.ts";
import { call, SHOP } from "./support/call.ts";

let program_id: number;
let partner_id: number;
let link_id: number;

beforeAll(async () => {
  program_id = (await call("POST", "/programs", { ...SHOP, ...sandboxes.program })).body.id;
  partner_id = (await call("POST", "/partners", { name: "A partner" })).body.id;
  link_id = await link("TEST1", sandboxes.link);
});
afterEach(async () => {
  await tell("everflow");
  await tell("avantlink");
});

async function link(code: string, everflow: object | null = null): Promise<number> {
  const given = { program_id, partner_id, code, destination_url: "https://shop.example/", everflow };
  return (await call("POST", "/links", given)).body.id;
}

const send = (body: object, program = program_id) => call("POST", `/programs/${program}/test-click`, body);

test("Everflow takes a test click, and the exchange is shown", async () => {
  const { status, body } = await send({ network: "everflow" });
  expect(status).toBe(200);
  const url = new URL(body.request.url);
  expect(url.origin).toBe(sandboxes.everflow);
  expect(url.pathname).toBe("/clk");
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    oid: String(sandboxes.link.offer_id),
    affid: String(sandboxes.link.affiliate_id),
    source_id: "clickferry-test",
    sub5: expect.stringMatching(/^cust_[0-9a-f]{32}_\d+$/),
  });
  expect(body).toEqual({
    network: "everflow",
    request: {
      method: "GET",
      url: expect.any(String),
      headers: {
        "User-Agent": expect.stringContaining(" ClickferryTest/"),
        "X-Forwarded-For": "203.0.113.1",
      },
      body: null,
    },
    response: {
      status: 200,
      headers: expect.objectContaining({ "content-type": expect.stringContaining("application/json") }),
      body: expect.stringContaining('"transaction_id"'),
    },
    duration_ms: expect.any(Number),
    outcome: {
      state: "delivered",
      reason: "error_code 0",
      reference: JSON.parse(body.response.body).transaction_id,
    },
  });
  expect(await received("everflow", url.searchParams.get("sub5")!)).toHaveLength(1);
});

test("AvantLink takes a test click that says what it is", async () => {
  const { status, body } = await send({ network: "avantlink" });
  expect(status).toBe(200);
  const sent = JSON.parse(body.request.body);
  expect(sent).toMatchObject({
    tracking_ids: { avantlink_avad: "clickferry-test", visitor_id: [expect.stringMatching(/^cust_/)] },
    custom_tracking_code: "clickferry-test",
    current_url: "https://shop.example/welcome?avad=clickferry-test",
    user_ip_address: "203.0.113.1",
  });
  expect(body).toMatchObject({
    network: "avantlink",
    request: { method: "POST", headers: { "Content-Type": "application/json" } },
    response: { status: 200 },
    outcome: { state: "delivered", reason: "success", reference: null },
  });
});

test("nothing of a test click is recorded, counted or owed", async () => {
  const before = await rowsStored();
  await send({ network: "everflow" });
  await send({ network: "avantlink" });
  expect(await rowsStored()).toBe(before);
  expect(await env.DB.prepare("SELECT COUNT(*) AS n FROM deliveries").first("n")).toBe(0);
});

test("a network's no and its failure are shown in its words", async () => {
  await tell("everflow", { mode: "status", status: 503 });
  expect((await send({ network: "everflow" })).body).toMatchObject({
    response: { status: 503 },
    outcome: { state: "pending", reference: null },
  });
  await tell("avantlink", { mode: "status", status: 400 });
  expect((await send({ network: "avantlink" })).body).toMatchObject({
    response: { status: 400 },
    outcome: { state: "rejected" },
  });
});

test("a network that does not answer in time is waited for no longer than by the courier", async () => {
  await tell("everflow", { mode: "hang" });
  expect((await send({ network: "everflow" })).body).toMatchObject({
    response: null,
    outcome: { state: "pending", reason: "no answer within 0.3 s", reference: null },
  });
});

test("a key that has got into a link's settings is not shown", async () => {
  const key = (env as unknown as Record<string, string>).EVERFLOW_API_KEY!;
  const echo = await link("ECHO", { offer_id: 5, affiliate_id: 6, sub1: `key ${key}` });
  const { body, text } = await send({ network: "everflow", link_id: echo });
  expect(body.request.url).toContain("[secret]");
  expect(text).not.toContain(key);
});

test("a key is not shown wherever a network echoes it, also as a URL has it", () => {
  const echoed = { body: "no k&y 1", headers: { "x-k&y 1": "a k&y 1" }, list: ["k%26y%201", 5, null] };
  expect(withoutSecrets(echoed, ["k&y 1", ""])).toEqual({
    body: "no [secret]",
    headers: { "x-[secret]": "a [secret]" },
    list: ["[secret]", 5, null],
  });
});

test("an address that may not be called is not called", async () => {
  const avantlink = { ...sandboxes.program.avantlink, merchant_id: crypto.randomUUID() };
  const { body } = await call("POST", "/programs", { ...SHOP, ...sandboxes.program, avantlink });
  await env.DB.prepare("UPDATE programs SET avantlink = json_set(avantlink, '$.base_url', ?) WHERE id = ?")
    .bind("http://10.0.0.7", body.id)
    .run();
  expect((await send({ network: "avantlink" }, body.id)).body).toMatchObject({
    response: null,
    outcome: {
      state: "rejected",
      reason: "must be a public address: 10.0.0.7 is on a private network",
    },
  });
});

test("the newest active link with an offer is taken, or the one that is named; off is no hindrance", async () => {
  await link("PLAIN");
  const off = await link("OFF", { offer_id: 9, affiliate_id: 9 });
  await call("PATCH", `/links/${off}`, { status: "inactive" });
  const oid = async (body: object) =>
    new URL((await send({ network: "everflow", ...body })).body.request.url).searchParams.get("oid");
  expect(await oid({ link_id })).toBe(String(sandboxes.link.offer_id));
  expect(await oid({ link_id: off })).toBe("9");
  const newest = await link("NEWEST", { offer_id: 8, affiliate_id: 8 });
  expect(await oid({})).toBe("8");
  await call("PATCH", `/links/${newest}`, { status: "inactive" });
  await call("PATCH", `/programs/${program_id}`, {
    everflow: { ...sandboxes.program.everflow, enabled: false },
  });
  expect((await send({ network: "everflow", link_id })).body.outcome.state).toBe("delivered");
});

test("what is missing is named", async () => {
  const bare = (await call("POST", "/programs", SHOP)).body.id;
  const plain = await link("PLAIN2");
  const cases: [object, number, string, string][] = [
    [{ network: "everflow" }, bare, "network", "the program has no everflow settings: save everflow first"],
    [
      { network: "avantlink" },
      bare,
      "network",
      "the program has no avantlink settings: save avantlink first",
    ],
    [
      { network: "everflow", link_id: plain },
      program_id,
      "link_id",
      "link_id has no Everflow offer and affiliate",
    ],
    [{ network: "everflow", link_id: 999_999 }, program_id, "link_id", "link_id is no link of the program"],
    [{ network: "cj" }, program_id, "network", "network must be one of: everflow, avantlink"],
    [{}, program_id, "network", "network is required"],
  ];
  for (const [body, program, field, error] of cases) {
    expect(await send(body, program)).toMatchObject({ status: 400, body: { field, error } });
  }
  await call("PATCH", `/programs/${bare}`, { everflow: sandboxes.program.everflow });
  expect(await send({ network: "everflow" }, bare)).toMatchObject({
    status: 400,
    body: {
      field: "link_id",
      error: "link_id is required: no active link of the program has an Everflow offer and affiliate",
    },
  });
  expect((await send({ network: "everflow" }, 999_999)).status).toBe(404);
});
