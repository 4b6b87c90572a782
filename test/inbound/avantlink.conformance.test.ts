/** Conformance to seed 004 and CONTRACTS 3, inbound; docs/conformance/avantlink.md lists the clauses. */
import { env, SELF } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import type { ClickParams } from "../../worker/click.ts";
import { avantlink } from "../../worker/networks/avantlink.ts";
import {
  CHROME,
  COLLECTOR,
  type EventRow,
  events,
  linkRow,
  MERCHANT,
  owedTo,
  postClick,
  recordAll,
  rowsStored,
  seedLink,
  seedNetworks,
  seedProgram,
} from "../support/program.ts";

/** The seed's cURL example, as it stands. */
const SEED_BODY = {
  tracking_ids: {
    user_id: ["u_78901"],
    visitor_id: ["vis_3f2c1a97"],
    avantlink_avad: "77_f3afbe121",
  },
  user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64)...",
  current_url: "https://store.example.com/products/widget?avad=77_f3afbe121",
};
/** The seed's 400. */
const BLANK = {
  error: "You must provide at least one tracking id in order to generate a episode_id.",
  error_key: "client.model.merchants_tracking.tracking_ids.blank",
  exception: "InvalidArgumentException",
};

beforeAll(async () => {
  await seedProgram();
  await seedNetworks();
});

function call(
  body: unknown,
  {
    merchant = MERCHANT,
    method = "POST",
    headers = {},
    ...init
  }: { merchant?: string; method?: string; headers?: Record<string, string>; cf?: object } = {},
) {
  return SELF.fetch(`${COLLECTOR}/merchants/${merchant}/tracking/click`, {
    method,
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "User-Agent": "curl/8.5.0",
      ...headers,
    },
    ...(method !== "GET" &&
      method !== "HEAD" && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...init,
  } as RequestInit);
}

/** A body with an address of its own, and the event that came of it. */
let pages = 0;
async function clicked(
  over: { current_url?: string; [field: string]: unknown } = {},
  init: Parameters<typeof call>[1] = {},
): Promise<EventRow> {
  const current_url = over.current_url ?? `https://store.example.com/page/${++pages}`;
  const response = await call({ ...SEED_BODY, ...over, current_url }, init);
  expect([response.status, await response.json()]).toEqual([200, { success: true }]);
  await recordAll();
  const rows = await events("affiliate_url = ?", current_url);
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

/** What AvantLink is told of a recorded click. */
async function forwarded(event: EventRow) {
  const request = await avantlink.request(
    {
      click_id: "ours",
      visitor_id: "ours",
      affiliate_url: String(event.affiliate_url),
      referrer_url: String(event.referrer_url ?? ""),
      user_agent: String(event.user_agent),
      ip: String(event.ip),
      params: JSON.parse(String(event.params)) as ClickParams,
    },
    { merchant_id: MERCHANT, user_agent: "Clickferry/0.1.0" },
  );
  return JSON.parse(request.body!);
}

describe("a click", () => {
  test("of the seed's own example is answered, recorded and counted on the program's link avantlink", async () => {
    const before = await linkRow("avantlink");
    const response = await call(SEED_BODY);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ success: true });
    await recordAll();
    const [event, ...others] = await events("affiliate_url = ?", SEED_BODY.current_url);
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      dialect: "avantlink",
      program_id: 1,
      partner_id: null,
      link_id: before.id,
      user_agent: SEED_BODY.user_agent,
      is_bot: 0,
      is_unique: 1,
    });
    const after = await linkRow("avantlink");
    expect(after).toMatchObject({ clicks: Number(before.clicks) + 1, last_clicked: event!.at });
    expect(await owedTo(event!.id)).toEqual({ avantlink: null });
  });

  test("of the seed's own example is forwarded as it came", async () => {
    expect(await forwarded(await clicked({ current_url: `${SEED_BODY.current_url}&page=2` }))).toEqual({
      ...SEED_BODY,
      current_url: `${SEED_BODY.current_url}&page=2`,
    });
  });

  test("of the seed's PHP example is taken without a user agent, which it may not have", async () => {
    const event = await clicked({
      tracking_ids: { user_id: ["123456"], visitor_id: ["vis_3f2c1a97"], avantlink_avad: "77_f3afbe121" },
      user_agent: "",
    });
    expect(event).toMatchObject({ user_agent: "", is_bot: 0 });
    expect(await forwarded(event)).toMatchObject({ user_agent: "" });
  });

  test("is forwarded with every field of the seed, the caller's ids untouched", async () => {
    const body = {
      tracking_ids: {
        user_id: ["u_1", "u 2", "ü/3"],
        visitor_id: ["v_1", "", "v_2".repeat(200)],
        avantlink_avad: "a+b/c==&d%20",
      },
      user_agent: CHROME,
      referrer_url: "https://blog.example/post?id=7",
      google_click_id: "Cj0KCQ",
      custom_tracking_code: "spring-26",
      user_ip_address: "203.0.113.9",
    };
    const event = await clicked({ ...body, novelty: 1 });
    expect(event).toMatchObject({
      ip: "203.0.113.9",
      referrer_url: body.referrer_url,
      browser: "Chrome",
      referrer_host: "blog.example",
    });
    expect(await forwarded(event)).toEqual({ ...body, current_url: event.affiliate_url });
  });

  test.each<[string, object, object]>([
    ["user_id", { user_id: ["u_1"] }, { user_id: ["u_1"], visitor_id: [] }],
    ["visitor_id", { visitor_id: ["v_1"] }, { visitor_id: ["v_1"] }],
    ["avantlink_avad", { avantlink_avad: "77_f" }, { visitor_id: [], avantlink_avad: "77_f" }],
    [
      "visitor_id, the others as the seed's template has them",
      { user_id: [], visitor_id: ["v_1"], avantlink_avad: "" },
      { visitor_id: ["v_1"] },
    ],
    [
      "visitor_id, the others null",
      { user_id: null, visitor_id: ["v_1"], avantlink_avad: null },
      { visitor_id: ["v_1"] },
    ],
  ])("with %s alone is enough, and no id of ours takes another's place", async (_, tracking_ids, sent) => {
    expect((await forwarded(await clicked({ tracking_ids }))).tracking_ids).toEqual(sent);
  });

  test("with an e-mail address for an id is forwarded with its SHA-256", async () => {
    const event = await clicked({
      tracking_ids: { user_id: ["Jane.Doe@mail.example", "u_2"], visitor_id: ["jane.doe@mail.example"] },
    });
    const hash = "7039808c8768f9a02310b24ad3f064d7d27b9fddab2455c308dd070f9fb78a04";
    expect((await forwarded(event)).tracking_ids).toEqual({ user_id: [hash, "u_2"], visitor_id: [hash] });
  });

  test("of a merchant who passes on our cookie's click id stays the same customer", async () => {
    const response = await postClick({ affiliate_url: "https://shop.example/?aff=PARTNER123" });
    const { click_id } = (await response.json()) as { click_id: string };
    const event = await clicked({ tracking_ids: { visitor_id: ["v_1", click_id] } });
    expect(event.customer_id).toBe(click_id.split("_")[1]);
    const forged = await clicked({ tracking_ids: { visitor_id: [`cust_${"a".repeat(32)}_1715084416123`] } });
    expect(forged.customer_id).toBe(forged.id);
  });

  test("tells nothing of the visitor's place by the server's", async () => {
    const event = await clicked(
      { user_ip_address: "203.0.113.9" },
      { cf: { country: "US", city: "Ashburn" }, headers: { "CF-Connecting-IP": "198.51.100.20" } },
    );
    expect(event).toMatchObject({ ip: "203.0.113.9", country: null, city: null });
    expect(await clicked({}, { headers: { "CF-Connecting-IP": "198.51.100.20" } })).toMatchObject({ ip: "" });
  });

  test("of a crawler is recorded and flagged, neither counted nor forwarded", async () => {
    const before = await linkRow("avantlink");
    const event = await clicked({ user_agent: "Mozilla/5.0 (compatible; Googlebot/2.1)" });
    expect(event).toMatchObject({ is_bot: 1 });
    expect((await linkRow("avantlink")).clicks).toBe(before.clicks);
    expect(await owedTo(event.id)).toEqual({ avantlink: "bot" });
  });

  test("repeated with the same Idempotency-Key counts once", async () => {
    const headers = { "Idempotency-Key": "s2s-1" };
    const body = { ...SEED_BODY, current_url: "https://store.example.com/repeated" };
    for (let i = 0; i < 3; i++) {
      expect(await (await call(body, { headers })).json()).toEqual({ success: true });
      await recordAll();
    }
    expect(await events("affiliate_url = ?", body.current_url)).toHaveLength(1);
  });

  test("with the Idempotency-Key of a call in another dialect is recorded and forwarded", async () => {
    const headers = { "Idempotency-Key": "request-1" };
    await seedLink({ code: "BOTH", everflow: { offer_id: 2101, affiliate_id: 411 } });
    await SELF.fetch(`${COLLECTOR}/clk?oid=2101&affid=411`, { headers });
    // The same link even: an avad alone counts on the program's link avantlink.
    const landing = { affiliate_url: "https://shop.example/?avad=77_f" };
    await postClick(landing, { headers });
    const event = await clicked({}, { headers });
    expect(await owedTo(event.id)).toEqual({ avantlink: null });
    expect((await events("event_id = 'request-1'")).map(({ dialect }) => dialect).toSorted()).toEqual([
      "affitor",
      "avantlink",
      "everflow",
    ]);
  });

  test("names its merchant in either case", async () => {
    await clicked({}, { merchant: MERCHANT.toUpperCase() });
  });
});

describe("with no tracking id at all", () => {
  test.each<[string, unknown]>([
    ["tracking_ids is empty", { ...SEED_BODY, tracking_ids: {} }],
    ["tracking_ids is missing", { ...SEED_BODY, tracking_ids: undefined }],
    ["tracking_ids is null", { ...SEED_BODY, tracking_ids: null }],
    [
      "all are blank",
      { ...SEED_BODY, tracking_ids: { user_id: ["", " "], visitor_id: [], avantlink_avad: "" } },
    ],
    [
      "the seed's template is sent as it stands",
      {
        tracking_ids: { user_id: [], visitor_id: [], avantlink_avad: "" },
        user_agent: "",
        current_url: "",
        referrer_url: "",
        google_click_id: "",
        custom_tracking_code: "",
        user_ip_address: "",
      },
    ],
    ["everything is missing", {}],
  ])("because %s: the seed's own 400, and nothing is stored", async (_, body) => {
    const before = await rowsStored();
    const response = await call(body);
    expect([response.status, await response.json()]).toEqual([400, BLANK]);
    expect(await rowsStored()).toBe(before);
  });
});

describe("another fault is told in the seed's shape and stores nothing", () => {
  const invalid = (error: string, key: string) => ({
    error,
    error_key: `clickferry.${key}`,
    exception: "InvalidArgumentException",
  });
  const unknown = {
    error: "No program has this merchant_id.",
    error_key: "clickferry.merchant_id.unknown",
    exception: "NotFoundException",
  };

  test.each<[string, unknown, number, object, Parameters<typeof call>[1]?]>([
    [
      "user_agent is missing",
      { ...SEED_BODY, user_agent: undefined },
      400,
      invalid("user_agent is required.", "user_agent.invalid"),
    ],
    [
      "user_agent is null",
      { ...SEED_BODY, user_agent: null },
      400,
      invalid("user_agent must be a string.", "user_agent.invalid"),
    ],
    [
      "current_url is missing",
      { ...SEED_BODY, current_url: undefined },
      400,
      invalid("current_url is required.", "current_url.invalid"),
    ],
    [
      "current_url is a path",
      { ...SEED_BODY, current_url: "/products/widget" },
      400,
      invalid("current_url is not valid: it is no http or https URL.", "current_url.invalid"),
    ],
    [
      "current_url is no page's",
      { ...SEED_BODY, current_url: "javascript:0" },
      400,
      invalid("current_url is not valid: it is no http or https URL.", "current_url.invalid"),
    ],
    [
      "user_id is no array",
      { ...SEED_BODY, tracking_ids: { user_id: "u_78901" } },
      400,
      invalid("tracking_ids.user_id must be an array.", "tracking_ids.user_id.invalid"),
    ],
    [
      "a visitor_id is a number",
      { ...SEED_BODY, tracking_ids: { visitor_id: ["v", 1] } },
      400,
      invalid("tracking_ids.visitor_id.1 must be a string.", "tracking_ids.visitor_id.1.invalid"),
    ],
    [
      "tracking_ids is text",
      { ...SEED_BODY, tracking_ids: "x" },
      400,
      invalid("tracking_ids must be an object.", "tracking_ids.invalid"),
    ],
    [
      "referrer_url is a number",
      { ...SEED_BODY, referrer_url: 1 },
      400,
      invalid("referrer_url must be a string.", "referrer_url.invalid"),
    ],
    ["the body is no JSON", "{", 400, invalid("body must be valid JSON.", "body.invalid")],
    ["the body is an array", [], 400, invalid("body must be an object.", "body.invalid")],
    [
      "the body is a form",
      "user_agent=x",
      400,
      invalid("Content-Type must be application/json.", "Content-Type.invalid"),
      { headers: { "Content-Type": "application/x-www-form-urlencoded" } },
    ],
    [
      "the body is over 16 KiB",
      { ...SEED_BODY, custom_tracking_code: "x".repeat(16_384) },
      413,
      invalid("body must have at most 16384 bytes.", "body.too_large"),
    ],
    [
      "the Idempotency-Key is the word null",
      SEED_BODY,
      400,
      invalid(`Idempotency-Key must be the click's own, not "null".`, "Idempotency-Key.invalid"),
      { headers: { "Idempotency-Key": "null" } },
    ],
    [
      "the Idempotency-Key is too long",
      SEED_BODY,
      400,
      invalid("Idempotency-Key must have at most 64 characters.", "Idempotency-Key.invalid"),
      { headers: { "Idempotency-Key": "x".repeat(65) } },
    ],
    [
      "no program has the merchant",
      SEED_BODY,
      404,
      unknown,
      { merchant: "00000000-0000-4000-8000-000000000000" },
    ],
    ["the merchant is no UUID", SEED_BODY, 404, unknown, { merchant: "10240" }],
  ])("when %s", async (_, body, status, expected, init = {}) => {
    const before = await rowsStored();
    const response = await call(body, init);
    expect([response.status, await response.json()]).toEqual([status, expected]);
    expect(await rowsStored()).toBe(before);
  });

  test.each(["GET", "HEAD", "PUT"])("when the method is %s", async (method) => {
    const before = await rowsStored();
    const response = await call(SEED_BODY, { method });
    expect([response.status, response.headers.get("Allow")]).toEqual([405, "POST"]);
    expect(await rowsStored()).toBe(before);
  });
});

async function outfitter(id: number, status: string, merchant_id: string): Promise<void> {
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO programs (id, name, landing_url, status, avantlink, created_at, updated_at)
       VALUES (?, 'Outfitter', 'https://outfitter.example/', ?, ?, 0, 0)`,
    ).bind(id, status, JSON.stringify({ merchant_id })),
    env.DB.prepare(
      `INSERT INTO referral_links (kind, code, program_id, destination_url, created_at, updated_at)
       VALUES ('avantlink', 'avantlink', ?, 'https://outfitter.example/', 0, 0)`,
    ).bind(id),
  ]);
}

// It was told that no program has it.
test("a click of a merchant whom two active programs have is refused in words of its own and stores nothing", async () => {
  const merchant = "1f0e0d0c-0b0a-4908-8706-050403020100";
  await outfitter(22, "active", merchant);
  await outfitter(23, "active", merchant);
  const before = await rowsStored();
  const response = await call(SEED_BODY, { merchant });
  expect([response.status, await response.json()]).toEqual([
    409,
    {
      error: "More than one active program has this merchant_id.",
      error_key: "clickferry.merchant_id.ambiguous",
      exception: "ConflictException",
    },
  ]);
  expect(await rowsStored()).toBe(before);
});

test("a click of a merchant whose program is inactive is refused and stores nothing", async () => {
  const merchant = "0f0e0d0c-0b0a-4908-8706-050403020100";
  await outfitter(21, "inactive", merchant);
  const before = await rowsStored();
  const response = await call(SEED_BODY, { merchant });
  expect([response.status, await response.json()]).toEqual([
    400,
    {
      error: "The merchant's program is inactive.",
      error_key: "clickferry.program.inactive",
      exception: "InvalidArgumentException",
    },
  ]);
  expect(await rowsStored()).toBe(before);
});
