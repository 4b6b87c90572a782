/** Conformance to seed 003 and CONTRACTS 1; docs/conformance/affitor.md lists each clause with its test here. */
import { env, SELF } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import {
  CHROME,
  COLLECTOR,
  events,
  linkRow,
  postClick,
  recordAll,
  rowsStored,
  seedLink,
  seedProgram,
} from "../support/program.ts";

/** The seed's own example, as it stands. */
const SEED_BODY = {
  affiliate_url: "https://yoursite.com/pricing?aff=PARTNER123",
  page_url: "https://yoursite.com/pricing",
  page_title: "Pricing — YourSite",
  referrer_url: "https://blog.example.com/post",
  session_id: "sess_abc123",
  screen_resolution: "1920x1080",
  viewport_size: "1280x800",
  language: "en-US",
  timezone: "America/New_York",
};

interface Answer {
  success: boolean;
  click_id: string;
  partner_code: string;
  cookie_window_days: number;
  error: string;
  message: string;
  data: { eventId: number; programId: number; test_mode: boolean };
}

const CODES = [
  "PARTNER123",
  "SUCCESS",
  "EXISTING",
  "FOREIGN",
  "METRICS",
  "REPEAT",
  "HEADERKEY",
  "BOTS",
  "LIBRARY",
  "AVAD",
  "TEST",
  "PARAMS",
  "PLAIN",
  "GEO",
  "LANGUAGE",
  "CUT",
  "COOKIE",
  "TWOPARTNERS",
  "NULLS",
  "A B",
  "plus+sign",
];

beforeAll(async () => {
  await seedProgram(CODES.map((code) => ({ code })));
  await seedLink({ code: "OFF", status: "inactive" });
  await seedLink({ code: "NOPARTNER", partner_id: 99 });
  await seedLink({ code: "NOPROGRAM", program_id: 99 });
  await seedLink({ code: "GEAR", partner_id: 2 });
  await env.DB.prepare(
    `INSERT INTO programs (id, name, landing_url, status, created_at, updated_at)
     VALUES (2, 'Other shop', 'https://other.example/', 'active', 0, 0),
       (3, 'Closed shop', 'https://closed.example/', 'inactive', 0, 0)`,
  ).run();
  await seedLink({ code: "ELSEWHERE", program_id: 2, partner_id: 2 });
  await seedLink({ code: "CLOSED", program_id: 3, partner_id: 2 });
});

const answer = async (response: Response) => (await response.json()) as Answer;
const landing = (code: string, rest = "") =>
  `https://shop.example/pricing?aff=${encodeURIComponent(code)}${rest}`;

/** The event that an answer's click belongs to, recorded. */
async function recorded(click_id: string) {
  await recordAll();
  return events("customer_id = ?", click_id.split("_")[1]);
}

type Refusal = [why: string, body: unknown, status: number, answer: object, headers?: Record<string, string>];

describe("an accepted click", () => {
  test("the seed's own example is answered and stored field for field", async () => {
    const response = await postClick(SEED_BODY);
    expect(response.status).toBe(200);
    const body = await answer(response);
    expect(body).toEqual({
      success: true,
      click_id: expect.stringMatching(/^cust_[0-9a-f]{32}_\d{13}$/),
      partner_code: "PARTNER123",
      cookie_window_days: 60,
    });
    const [event, ...others] = await recorded(body.click_id);
    expect(others).toEqual([]);
    expect(event).toMatchObject(SEED_BODY);
    expect(event).toMatchObject({
      dialect: "affitor",
      program_id: 1,
      partner_id: 1,
      is_unique: 1,
      is_bot: 0,
      gpc: 0,
    });
  });

  test("a new customer is created with customer_status click", async () => {
    const { click_id } = await answer(await postClick({ affiliate_url: landing("SUCCESS") }));
    await recordAll();
    const [, id, at] = click_id.split("_");
    expect(await env.DB.prepare("SELECT * FROM customers WHERE id = ?").bind(id).first()).toMatchObject({
      customer_status: "click",
      partner_id: 1,
      created_at: Number(at),
    });
  });

  test("the link's clicks and last_clicked, its hour and the partner-program metrics go up", async () => {
    const before = await env.DB.prepare(
      "SELECT clicks FROM partner_program_metrics WHERE partner_id = 1",
    ).first<number>("clicks");
    const { click_id } = await answer(await postClick({ affiliate_url: landing("METRICS") }));
    const [event] = await recorded(click_id);
    const link = await linkRow("METRICS");
    expect(link).toMatchObject({ clicks: 1, unique_clicks: 1, bot_clicks: 0, last_clicked: event!.at });
    const hours = await env.DB.prepare("SELECT * FROM link_hours WHERE link_id = ?").bind(link.id).all();
    expect(hours.results).toMatchObject([
      { hour: Math.floor(Number(event!.at) / 3_600_000), clicks: 1, unique_clicks: 1 },
    ]);
    const after = await env.DB.prepare(
      "SELECT clicks FROM partner_program_metrics WHERE partner_id = 1",
    ).first<number>("clicks");
    expect(after).toBe((before ?? 0) + 1);
  });

  test.each([
    [{}, "fr-CA"],
    [{ language: "de" }, "de"],
    // A server passes its visitor on, and speaks for itself.
    [{ user_agent: CHROME }, null],
  ])("the language that %j does not tell is the browser's: %j", async (told, language) => {
    const headers = { "Accept-Language": "fr-CA,fr;q=0.9" };
    const { click_id } = await answer(
      await postClick({ affiliate_url: landing("LANGUAGE"), ...told }, { headers }),
    );
    expect(await recorded(click_id)).toMatchObject([{ language }]);
  });

  test("geo, device, browser and os are derived on the server", async () => {
    const cf = {
      continent: "EU",
      country: "DE",
      region: "Berlin",
      regionCode: "BE",
      city: "Berlin",
      postalCode: "10115",
      timezone: "Europe/Berlin",
      asn: 3320,
      asOrganization: "Deutsche Telekom AG",
      metroCode: "803",
    };
    const { click_id } = await answer(
      await postClick(
        {
          affiliate_url: landing("GEO"),
          page_url: "https://shop.example/pricing?email=a@b.example",
          referrer_url: "https://blog.example.com/post",
        },
        { cf, headers: { "CF-Connecting-IP": "203.0.113.9", "Sec-GPC": "1" } },
      ),
    );
    const [event] = await recorded(click_id);
    expect(event).toMatchObject({
      ip: "203.0.113.9",
      continent: "EU",
      country: "DE",
      region: "Berlin",
      region_code: "BE",
      city: "Berlin",
      postal_code: "10115",
      geo_timezone: "Europe/Berlin",
      asn: 3320,
      as_organization: "Deutsche Telekom AG",
      dma: 803,
      gpc: 1,
      user_agent: CHROME,
      device_type: "PC",
      os: "Windows",
      browser: "Chrome",
      browser_version: "140.0.0.0",
      referrer_host: "blog.example.com",
    });
    const { results } = await env.DB.prepare(
      "SELECT dimension, value, clicks, unique_clicks FROM link_dimension_days WHERE link_id = ? ORDER BY dimension",
    )
      .bind(event!.link_id)
      .all();
    expect(results).toEqual([
      { dimension: "browser", value: "Chrome", clicks: 1, unique_clicks: 1 },
      { dimension: "country", value: "DE", clicks: 1, unique_clicks: 1 },
      { dimension: "device", value: "PC", clicks: 1, unique_clicks: 1 },
      { dimension: "landing_page", value: "shop.example/pricing", clicks: 1, unique_clicks: 1 },
      { dimension: "os", value: "Windows", clicks: 1, unique_clicks: 1 },
      { dimension: "referrer", value: "blog.example.com", clicks: 1, unique_clicks: 1 },
    ]);
  });

  test("user_agent in the body outranks the header", async () => {
    const user_agent =
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1";
    const { click_id } = await answer(await postClick({ affiliate_url: landing("GEO"), user_agent }));
    const [event] = await recorded(click_id);
    expect(event).toMatchObject({
      user_agent,
      device_type: "Mobile",
      device_brand: "Apple",
      os: "iOS",
      browser: "Safari",
    });
  });

  test("text/plain carries the same body, so that no preflight is needed", async () => {
    const response = await postClick(
      { affiliate_url: landing("PLAIN") },
      { headers: { "Content-Type": "text/plain;charset=UTF-8" } },
    );
    const { click_id } = await answer(response);
    expect(await recorded(click_id)).toHaveLength(1);
  });

  test("null counts as absent and unknown fields are ignored", async () => {
    const { click_id } = await answer(
      await postClick({
        affiliate_url: landing("NULLS"),
        page_url: null,
        existing_click_id: null,
        additional_data: null,
        novelty: [1],
      }),
    );
    const [event] = await recorded(click_id);
    expect(event).toMatchObject({ page_url: null });
    expect(JSON.stringify(event)).not.toContain("novelty");
  });

  test("strings beyond their stored length are cut, never in the middle of a character", async () => {
    const { click_id } = await answer(
      await postClick({
        affiliate_url: landing("CUT"),
        page_title: `${"x".repeat(511)}😀`,
        session_id: "s\u0000\u001bs\ud800.",
      }),
    );
    const [event] = await recorded(click_id);
    expect(event).toMatchObject({ page_title: "x".repeat(511), session_id: "ss\ufffd." });
  });

  test("parameters of the landing URL are kept for forwarding, as received, and no others", async () => {
    const rest =
      "&avad=77_f3afbe121&gclid=g1&fbclid=f1&ttclid=t1&sub1=a&sub5=e&source_id=s&coupon_code=SUMMER&_ef_transaction_id=ef&email=a%40b.example";
    const { click_id } = await answer(await postClick({ affiliate_url: landing("PARAMS", rest) }));
    const [event] = await recorded(click_id);
    expect(JSON.parse(String(event!.params))).toEqual({
      avad: "77_f3afbe121",
      gclid: "g1",
      fbclid: "f1",
      ttclid: "t1",
      sub1: "a",
      sub5: "e",
      source_id: "s",
      coupon_code: "SUMMER",
      _ef_transaction_id: "ef",
    });
  });
});

describe("aff", () => {
  test.each([
    ["after one URL-decoding", "https://shop.example/?aff=A%20B", "A B"],
    ["with a percent-encoded plus", "https://shop.example/?aff=plus%2Bsign", "plus+sign"],
    ["in the fragment of a hash router", "https://shop.example/#/pricing?aff=PARTNER123", "PARTNER123"],
    ["in a plain fragment", "https://shop.example/#aff=PARTNER123", "PARTNER123"],
    ["the first of several", "https://shop.example/?aff=PARTNER123&aff=NOSUCH", "PARTNER123"],
    ["in the query before the fragment", "https://shop.example/?aff=PARTNER123#aff=NOSUCH", "PARTNER123"],
  ])("is read %s", async (_, affiliate_url, partner_code) => {
    const got = await answer(await postClick({ affiliate_url }));
    expect(got).toMatchObject({ success: true, partner_code });
    const { id } = await linkRow(partner_code);
    expect(await recorded(got.click_id)).toMatchObject([{ affiliate_url, link_id: id }]);
  });

  test("is matched exactly: another case is another code", async () => {
    const before = await rowsStored();
    const response = await postClick({ affiliate_url: "https://shop.example/?aff=partner123" });
    expect(response.status).toBe(400);
    expect(await rowsStored()).toBe(before);
  });
});

describe("a refused click leaves nothing behind", () => {
  const url = "https://shop.example/?aff=PARTNER123";
  test.each<Refusal>([
    ["affiliate_url is missing", {}, 400, { error: "affiliate_url is required" }],
    ["affiliate_url is empty", { affiliate_url: "" }, 400, { error: "affiliate_url is required" }],
    ["affiliate_url is null", { affiliate_url: null }, 400, { error: "affiliate_url is required" }],
    [
      "affiliate_url is no URL",
      { affiliate_url: "shop?aff=PARTNER123" },
      400,
      { error: "Invalid affiliate_url" },
    ],
    [
      "affiliate_url is no page's",
      { affiliate_url: "javascript:0?aff=PARTNER123" },
      400,
      { error: "Invalid affiliate_url" },
    ],
    [
      "there is no aff",
      { affiliate_url: "https://shop.example/" },
      400,
      { error: "No aff parameter found in affiliate_url" },
    ],
    [
      "aff is empty",
      { affiliate_url: "https://shop.example/?aff=" },
      400,
      { error: "No aff parameter found in affiliate_url" },
    ],
    [
      "no link has the code",
      { affiliate_url: "https://shop.example/?aff=NOSUCH" },
      400,
      { error: "Referral link not found" },
    ],
    [
      "the code is longer than any",
      { affiliate_url: `https://shop.example/?aff=${"x".repeat(200)}` },
      400,
      { error: "Referral link not found" },
    ],
    [
      "the built-in link is asked for by code",
      { affiliate_url: "https://shop.example/?aff=avantlink" },
      400,
      { error: "Referral link not found" },
    ],
    [
      "the link's partner is gone",
      { affiliate_url: "https://shop.example/?aff=NOPARTNER" },
      400,
      { error: "Invalid referral link configuration" },
    ],
    [
      "the link's program is gone",
      { affiliate_url: "https://shop.example/?aff=NOPROGRAM" },
      400,
      { error: "Invalid referral link configuration" },
    ],
    [
      "the link is inactive",
      { affiliate_url: "https://shop.example/?aff=OFF" },
      200,
      { success: false, message: "Referral link is inactive" },
    ],
    [
      "the link's program is inactive",
      { affiliate_url: "https://shop.example/?aff=CLOSED" },
      200,
      { success: false, message: "Referral link is inactive" },
    ],
    ["affiliate_url is a number", { affiliate_url: 5 }, 400, { error: "affiliate_url must be a string" }],
    [
      "page_url is an object",
      { affiliate_url: url, page_url: {} },
      400,
      { error: "page_url must be a string" },
    ],
    [
      "additional_data is a string",
      { affiliate_url: url, additional_data: "x" },
      400,
      { error: "additional_data must be an object" },
    ],
    [
      "test_mode is a string",
      { affiliate_url: url, additional_data: { test_mode: "true" } },
      400,
      { error: "additional_data.test_mode must be a boolean" },
    ],
    [
      "program_id is a fraction",
      { affiliate_url: url, additional_data: { program_id: 1.5 } },
      400,
      { error: "additional_data.program_id must be a whole number" },
    ],
    [
      "event_id is too long",
      { affiliate_url: url, additional_data: { event_id: "x".repeat(65) } },
      400,
      { error: "additional_data.event_id must have at most 64 characters" },
    ],
    [
      "Idempotency-Key is too long",
      { affiliate_url: url },
      400,
      { error: "Idempotency-Key must have at most 64 characters" },
      { "Idempotency-Key": "x".repeat(65) },
    ],
    ...["undefined", "null"].flatMap((key): Refusal[] => [
      [
        `event_id is the word ${key}`,
        { affiliate_url: url, additional_data: { event_id: key } },
        400,
        { error: "additional_data.event_id is not valid: a key must be the click's own" },
      ],
      [
        `Idempotency-Key is the word ${key}`,
        { affiliate_url: url },
        400,
        { error: `Idempotency-Key must be the click's own, not "${key}"` },
        { "Idempotency-Key": key },
      ],
    ]),
    ["the body is no JSON", "{", 400, { error: "body must be valid JSON" }],
    ["the body is empty", "", 400, { error: "body must be valid JSON" }],
    ["the body is an array", [], 400, { error: "body must be an object" }],
    ["the body is null", "null", 400, { error: "body must be an object" }],
    [
      "the body is a form",
      "affiliate_url=x",
      400,
      { error: "Content-Type must be application/json or text/plain" },
      { "Content-Type": "application/x-www-form-urlencoded" },
    ],
    [
      "affiliate_url is over 8 KiB",
      { affiliate_url: `${url}&x=${"y".repeat(8192)}` },
      400,
      { error: "affiliate_url must have at most 8192 bytes" },
    ],
    [
      "affiliate_url is over 8 KiB in bytes only",
      { affiliate_url: `${url}&x=${"é".repeat(4100)}` },
      400,
      { error: "affiliate_url must have at most 8192 bytes" },
    ],
    [
      "the body is over 16 KiB",
      { affiliate_url: url, page_title: "x".repeat(16_384) },
      413,
      { error: "body must have at most 16384 bytes" },
    ],
    [
      "avad comes without a known program",
      { affiliate_url: "https://unknown.example/?avad=1_2" },
      400,
      { error: "No aff parameter found in affiliate_url" },
    ],
    [
      "avad names a program that is not there",
      { affiliate_url: "https://shop.example/?avad=1_2", additional_data: { program_id: 77 } },
      400,
      { error: "No aff parameter found in affiliate_url" },
    ],
  ])("when %s", async (_, body, status, expected, headers = {}) => {
    const before = await rowsStored();
    const response = await postClick(body, { headers });
    expect([response.status, await response.json()]).toEqual([status, expected]);
    expect(await rowsStored()).toBe(before);
  });

  test("when a body without a length turns out too large", async () => {
    const before = await rowsStored();
    const chunk = new TextEncoder().encode("x".repeat(1024));
    let left = 32;
    const body = new ReadableStream({
      pull(controller) {
        if (left-- > 0) controller.enqueue(chunk);
        else controller.close();
      },
    });
    const response = await SELF.fetch(`${COLLECTOR}/api/v1/track/click`, {
      method: "POST",
      headers: { "Content-Type": "text/plain" },
      body,
    });
    expect(response.status).toBe(413);
    expect(await rowsStored()).toBe(before);
  });

  test.each(["GET", "HEAD", "PUT", "DELETE"])("when the method is %s", async (method) => {
    const before = await rowsStored();
    const response = await SELF.fetch(`${COLLECTOR}/api/v1/track/click?aff=PARTNER123`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("Allow")).toBe("POST, OPTIONS");
    expect(await rowsStored()).toBe(before);
  });
});

describe("test mode", () => {
  const testRow = (id: number) =>
    env.DB.prepare("SELECT program_id, link_id, affiliate_url FROM test_click_events WHERE id = ?")
      .bind(id)
      .first();

  test("answers as the seed does, is stored apart and moves no counter", async () => {
    const response = await postClick({
      affiliate_url: landing("TEST"),
      additional_data: { test_mode: true, program_id: 1 },
    });
    const body = await answer(response);
    expect(body).toEqual({
      success: true,
      message: "Test click event tracked successfully",
      data: { eventId: expect.any(Number), programId: 1, test_mode: true },
    });
    await recordAll();
    const row = await env.DB.prepare("SELECT * FROM test_click_events WHERE id = ?")
      .bind(body.data.eventId)
      .first();
    expect(row).toMatchObject({ program_id: 1, affiliate_url: landing("TEST") });
    expect(await linkRow("TEST")).toMatchObject({ clicks: 0, bot_clicks: 0, last_clicked: null });
    expect(await events("affiliate_url = ?", landing("TEST"))).toEqual([]);
    expect(response.headers.get("Set-Cookie")).toBeNull();
  });

  test("needs no aff where program_id tells the program", async () => {
    const before = await rowsStored();
    const affiliate_url = "https://shop.example/";
    const body = await answer(
      await postClick({ affiliate_url, additional_data: { test_mode: true, program_id: 1 } }),
    );
    expect(body.data).toMatchObject({ programId: 1 });
    const { id } = await linkRow("avantlink");
    expect(await testRow(body.data.eventId)).toEqual({ program_id: 1, link_id: id, affiliate_url });
    expect(await rowsStored()).toBe(before + 1);
  });

  test("takes the program from the link where program_id is absent", async () => {
    const before = await rowsStored();
    const affiliate_url = landing("TEST");
    const body = await answer(await postClick({ affiliate_url, additional_data: { test_mode: true } }));
    expect(body.data).toMatchObject({ programId: 1 });
    const { id } = await linkRow("TEST");
    expect(await testRow(body.data.eventId)).toEqual({ program_id: 1, link_id: id, affiliate_url });
    expect(await rowsStored()).toBe(before + 1);
  });

  test("names program_id when there is no such program", async () => {
    const before = await rowsStored();
    for (const affiliate_url of [landing("TEST"), "https://shop.example/"]) {
      const response = await postClick({
        affiliate_url,
        additional_data: { test_mode: true, program_id: 77 },
      });
      expect([response.status, await response.json()]).toEqual([
        400,
        { error: "additional_data.program_id names no program" },
      ]);
    }
    expect(await rowsStored()).toBe(before);
  });
});

describe("existing_click_id", () => {
  test("of the same program is reused and returned; the click is its own event", async () => {
    const first = await answer(await postClick({ affiliate_url: landing("EXISTING") }));
    const second = await answer(
      await postClick({ affiliate_url: landing("EXISTING"), existing_click_id: first.click_id }),
    );
    expect(second.click_id).toBe(first.click_id);
    const rows = await recorded(first.click_id);
    expect(rows.map((row) => row.is_unique)).toEqual([1, 0]);
    expect(new Set(rows.map((row) => row.id)).size).toBe(2);
    expect(await linkRow("EXISTING")).toMatchObject({ clicks: 2, unique_clicks: 1 });
  });

  test.each([
    ["the seed's example", "cust_42_1715000000000"],
    ["made up", `cust_${"a".repeat(32)}_1715000000000`],
    ["no id at all", "'; DROP TABLE customers; --"],
    ["very long", "x".repeat(5000)],
  ])("that is foreign (%s) is treated as absent", async (_, existing_click_id) => {
    const { click_id } = await answer(
      await postClick({ affiliate_url: landing("FOREIGN"), existing_click_id }),
    );
    expect(click_id).not.toBe(existing_click_id);
    expect(await recorded(click_id)).toMatchObject([{ is_unique: 1 }]);
  });

  test("with one digit altered is treated as absent", async () => {
    const { click_id } = await answer(await postClick({ affiliate_url: landing("FOREIGN") }));
    const at = Number(click_id.split("_")[2]);
    const altered = click_id.replace(String(at), String(at + 1));
    const again = await answer(
      await postClick({ affiliate_url: landing("FOREIGN"), existing_click_id: altered }),
    );
    expect(again.click_id).not.toBe(click_id);
    expect(again.click_id).not.toBe(altered);
    expect(await recorded(click_id)).toHaveLength(1);
    expect(await recorded(again.click_id)).toMatchObject([{ is_unique: 1 }]);
  });

  test("of another program is treated as absent", async () => {
    const { click_id } = await answer(await postClick({ affiliate_url: landing("ELSEWHERE") }));
    const here = await answer(
      await postClick({ affiliate_url: landing("FOREIGN"), existing_click_id: click_id }),
    );
    expect(here.click_id).not.toBe(click_id);
    expect(await recorded(click_id)).toMatchObject([{ program_id: 2, is_unique: 1 }]);
    expect(await recorded(here.click_id)).toMatchObject([{ program_id: 1, is_unique: 1 }]);
  });

  test("moves the customer to the last partner, while each event stays with the link clicked", async () => {
    const { click_id } = await answer(await postClick({ affiliate_url: landing("TWOPARTNERS") }));
    await postClick({ affiliate_url: landing("GEAR"), existing_click_id: click_id });
    const rows = await recorded(click_id);
    expect(rows.map((row) => [row.partner_id, row.is_unique])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    const customer = await env.DB.prepare("SELECT partner_id FROM customers WHERE id = ?")
      .bind(click_id.split("_")[1])
      .first();
    expect(customer).toEqual({ partner_id: 2 });
  });
});

describe("idempotency", () => {
  test("a repeated event_id gets the first answer and counts nothing", async () => {
    const body = {
      affiliate_url: landing("REPEAT"),
      timezone: "Europe/Berlin",
      additional_data: { event_id: "e-1" },
    };
    const first = await answer(await postClick(body, { cf: { continent: "EU" } }));
    expect(await answer(await postClick(body, { cf: { continent: "EU" } }))).toEqual(first);
    await recordAll();
    // Recorded meanwhile, and from another continent: the body's time zone leads to the same shard.
    expect(await answer(await postClick(body, { cf: { continent: "NA" } }))).toEqual(first);
    expect(await recorded(first.click_id)).toMatchObject([{ event_id: "e-1" }]);
    expect(await linkRow("REPEAT")).toMatchObject({ clicks: 1 });
  });

  test("repeats that arrive at the same time are one click", async () => {
    const body = { affiliate_url: landing("REPEAT"), additional_data: { event_id: "e-2" } };
    const answers = await Promise.all(Array.from({ length: 8 }, async () => answer(await postClick(body))));
    expect(new Set(answers.map((each) => each.click_id)).size).toBe(1);
    expect(await recorded(answers[0]!.click_id)).toHaveLength(1);
  });

  test("Idempotency-Key does the same, and event_id outranks it", async () => {
    const headers = { "Idempotency-Key": "k-1" };
    const first = await answer(await postClick({ affiliate_url: landing("HEADERKEY") }, { headers }));
    const second = await answer(await postClick({ affiliate_url: landing("HEADERKEY") }, { headers }));
    expect(second).toEqual(first);
    const other = await answer(
      await postClick(
        { affiliate_url: landing("HEADERKEY"), additional_data: { event_id: "k-2" } },
        { headers },
      ),
    );
    expect(other.click_id).not.toBe(first.click_id);
    await recordAll();
    expect(await linkRow("HEADERKEY")).toMatchObject({ clicks: 2 });
  });

  test("the same event_id on another link is a click of its own", async () => {
    await seedLink({ code: "OWNKEY1" });
    await seedLink({ code: "OWNKEY2" });
    for (const code of ["OWNKEY1", "OWNKEY2", "OWNKEY1"]) {
      const body = { affiliate_url: landing(code), additional_data: { event_id: "e-4" } };
      expect(await answer(await postClick(body))).toMatchObject({ partner_code: code });
    }
    await recordAll();
    for (const code of ["OWNKEY1", "OWNKEY2"]) expect(await linkRow(code)).toMatchObject({ clicks: 1 });
  });

  test("a repeat is told what the first was told when the link was switched off in between", async () => {
    await seedLink({ code: "SWITCHED" });
    const body = { affiliate_url: landing("SWITCHED"), additional_data: { event_id: "e-3" } };
    const first = await answer(await postClick(body));
    // Another spelling of the same landing misses the isolate's cache, as another isolate would.
    await env.DB.prepare(
      "UPDATE referral_links SET status = 'inactive', code = 'SWITCHED2' WHERE code = 'SWITCHED'",
    ).run();
    const repeat = { ...body, affiliate_url: landing("SWITCHED2") };
    expect(await answer(await postClick(repeat))).toEqual(first);
    expect(await answer(await postClick({ affiliate_url: landing("SWITCHED2") }))).toMatchObject({
      success: false,
    });
    expect(await recorded(first.click_id)).toHaveLength(1);
    expect(await linkRow("SWITCHED2")).toMatchObject({ clicks: 1 });
  });
});

describe("avad", () => {
  const avad = (host: string, rest = "") => `https://${host}/products/widget?avad=77_f3afbe121${rest}`;

  test.each([
    ["the page's host", { affiliate_url: avad("shop.example") }],
    ["a subdomain of the program's", { affiliate_url: avad("www.shop.example") }],
    ["program_id", { affiliate_url: avad("elsewhere.example"), additional_data: { program_id: 1 } }],
  ])("without aff counts on the program's link avantlink, known by %s", async (_, body) => {
    const { clicks } = await linkRow("avantlink");
    const got = await answer(await postClick(body));
    expect(got).toMatchObject({ success: true, partner_code: "avantlink", cookie_window_days: 60 });
    const [event] = await recorded(got.click_id);
    expect(event).toMatchObject({ partner_id: null, program_id: 1 });
    expect(JSON.parse(String(event!.params))).toEqual({ avad: "77_f3afbe121" });
    expect(await linkRow("avantlink")).toMatchObject({ clicks: Number(clicks) + 1 });
  });

  test("with aff leaves the link to aff and is kept for forwarding", async () => {
    const got = await answer(await postClick({ affiliate_url: avad("shop.example", "&aff=AVAD") }));
    expect(got.partner_code).toBe("AVAD");
    const [event] = await recorded(got.click_id);
    expect(JSON.parse(String(event!.params))).toEqual({ avad: "77_f3afbe121" });
  });
});

describe("who is a visitor", () => {
  test.each([
    ["a crawler", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"],
    ["a link preview", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"],
    [
      "a headless browser",
      "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
    ],
  ])("%s is recorded and flagged, not counted", async (_, userAgent) => {
    const before = await linkRow("BOTS");
    const { click_id } = await answer(
      await postClick({ affiliate_url: landing("BOTS") }, { headers: { "User-Agent": userAgent } }),
    );
    expect(await recorded(click_id)).toMatchObject([{ is_bot: 1, is_unique: 0, device_type: "Bot" }]);
    const after = await linkRow("BOTS");
    expect(after).toMatchObject({ clicks: 0, unique_clicks: 0, last_clicked: null });
    expect(after.bot_clicks).toBe(Number(before.bot_clicks) + 1);
    const dimensions = await env.DB.prepare("SELECT COUNT(*) AS n FROM link_dimension_days WHERE link_id = ?")
      .bind(after.id)
      .first("n");
    expect(dimensions).toBe(0);
  });

  test.each([
    "curl/8.5.0",
    "python-requests/2.32.0",
    "Go-http-client/2.0",
    "undici",
    "node",
    "axios/1.7.2",
    "GuzzleHttp/7",
  ])("%s is an integrator's server: the click counts, its visitor unknown", async (userAgent) => {
    const { clicks } = await linkRow("LIBRARY");
    const { click_id } = await answer(
      await postClick({ affiliate_url: landing("LIBRARY") }, { headers: { "User-Agent": userAgent } }),
    );
    expect(await recorded(click_id)).toMatchObject([{ is_bot: 0, user_agent: "", device_type: "" }]);
    expect((await linkRow("LIBRARY")).clicks).toBe(Number(clicks) + 1);
  });

  test("a library's name in the body is the visitor's own, and a bot", async () => {
    const { click_id } = await answer(
      await postClick(
        { affiliate_url: landing("BOTS"), user_agent: "curl/8.5.0" },
        { headers: { "User-Agent": "node" } },
      ),
    );
    expect(await recorded(click_id)).toMatchObject([{ is_bot: 1, user_agent: "curl/8.5.0" }]);
  });
});

describe("CORS", () => {
  test("any page may post: its exact Origin is echoed, with credentials, and errors too", async () => {
    const refused = { error: "affiliate_url is required" };
    for (const [affiliate_url, told, stored] of [
      [landing("PARTNER123"), { success: true }, 1],
      ["", refused, 0],
    ] as const) {
      const before = await events();
      const response = await postClick(
        { affiliate_url },
        { headers: { Origin: "https://any.example:8443" } },
      );
      expect(await response.json()).toMatchObject(told);
      await recordAll();
      expect(await events()).toHaveLength(before.length + stored);
      const { headers } = response;
      expect(headers.get("Access-Control-Allow-Origin")).toBe("https://any.example:8443");
      expect(headers.get("Access-Control-Allow-Credentials")).toBe("true");
      expect(headers.get("Vary")).toBe("Origin");
    }
  });

  test("without an Origin no permission is given, and caches still keep the two apart", async () => {
    const response = await postClick({ affiliate_url: landing("PARTNER123") });
    expect(response.headers.get("Access-Control-Allow-Origin")).toBeNull();
    expect(response.headers.get("Vary")).toBe("Origin");
    expect(await recorded((await answer(response)).click_id)).toHaveLength(1);
  });

  test("OPTIONS is answered and cached for a day", async () => {
    const before = await rowsStored();
    const response = await SELF.fetch(`${COLLECTOR}/api/v1/track/click`, {
      method: "OPTIONS",
      headers: { Origin: "https://any.example", "Access-Control-Request-Method": "POST" },
    });
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "access-control-allow-origin": "https://any.example",
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "POST, OPTIONS",
      "access-control-allow-headers": "Content-Type, Idempotency-Key",
      "access-control-max-age": "86400",
      vary: "Origin",
    });
    expect(await rowsStored()).toBe(before);
  });
});

describe("the server-set cookie", () => {
  const from = (origin: string, code = "COOKIE") =>
    postClick({ affiliate_url: landing(code) }, { headers: { Origin: origin } });

  test("is set for a page of the program on the collector's registrable domain", async () => {
    const response = await from("https://www.shop.example");
    const body = await answer(response);
    const { click_id } = body;
    expect(body).toMatchObject({ cookie_set: true });
    expect(response.headers.get("Set-Cookie")).toBe(
      `affitor_click_id=${click_id}; Max-Age=5184000; Domain=shop.example; Path=/; SameSite=Lax; Secure`,
    );
    expect(await recorded(click_id)).toHaveLength(1);
  });

  test.each([
    ["another site, whatever its body says", "https://evil.example"],
    ["a look-alike of the domain", "https://notshop.example"],
    ["a page without an origin", "null"],
    // An https collector is another site to it: "schemeful same-site".
    ["a page on plain http, whose browser would refuse it", "http://www.shop.example"],
  ])("is not set for %s", async (_, origin) => {
    const response = await from(origin);
    expect(response.headers.get("Set-Cookie")).toBeNull();
    const body = await answer(response);
    expect(body).not.toHaveProperty("cookie_set");
    expect(await recorded(body.click_id)).toHaveLength(1);
  });

  test("is not set where the collector stands on another site", async () => {
    const response = await SELF.fetch("https://collector.example/api/v1/track/click", {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: "https://shop.example" },
      body: JSON.stringify({ affiliate_url: landing("COOKIE") }),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("Set-Cookie")).toBeNull();
    const body = await answer(response);
    expect(body).not.toHaveProperty("cookie_set");
    expect(await recorded(body.click_id)).toHaveLength(1);
  });
});

test("500 says no more than the contract, and stores nothing", async () => {
  const before = await rowsStored();
  await env.DB.prepare("ALTER TABLE referral_links RENAME TO hidden").run();
  const response = await postClick({ affiliate_url: landing("NEVERSEEN") });
  await env.DB.prepare("ALTER TABLE hidden RENAME TO referral_links").run();
  expect([response.status, await response.json()]).toEqual([500, { error: "Click tracking failed" }]);
  expect(await rowsStored()).toBe(before);
});
