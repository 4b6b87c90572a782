/**
 * Any input at all, to every parser of the dialects: no 500, and what is refused is not stored. Counted exactly: there are
 * as many events as there were answers that say so.
 */
import { createExecutionContext, env } from "cloudflare:test";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { openParams, sealParams } from "../../worker/inbound/params-token.ts";
import worker from "../../worker/index.ts";
import { CHROME, COLLECTOR, MERCHANT, recordAll, seedNetworks, seedProgram } from "../support/program.ts";

const RUNS = { numRuns: 200, endOnFailure: true };

beforeAll(async () => {
  await seedProgram([
    { code: "PARTNER123", everflow: { offer_id: 6, affiliate_id: 7 } },
    { code: "A B/ü", everflow: { offer_id: 8, affiliate_id: 7 } },
  ]);
  await seedNetworks();
});

/** Not SELF.fetch, which in this pool takes longer with every call: after a thousand, a hundred times as long. */
async function call(url: string | URL, init?: RequestInit): Promise<Response> {
  return worker.fetch(new Request(url, init), env, createExecutionContext());
}

async function eventsStored(): Promise<number> {
  await recordAll();
  return (await env.DB.prepare("SELECT COUNT(*) AS n FROM affiliate_click_events").first<number>("n"))!;
}

/** Runs a property whose runs say whether a click was accepted, and compares with what is stored. */
async function storesWhatIsAccepted<T>(
  input: fc.Arbitrary<T>,
  accepts: (input: T) => Promise<boolean>,
): Promise<void> {
  const before = await eventsStored();
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(input, async (each) => {
      if (await accepts(each)) accepted++;
    }),
    RUNS,
  );
  expect(await eventsStored()).toBe(before + accepted);
}

/** Text as attackers and broken pages write it, and as integrators do. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom("", "6", "7", "PARTNER123", "0", "-1", "6.0", "1e3", "9".repeat(30), "\0", "\ud800", "é😀"),
  fc.constantFrom("%", "%00", "'; DROP TABLE referral_links; --", "{affid}", "undefined", "a@b.example"),
  fc.string({ minLength: 600, maxLength: 700 }),
);
const NAMES = ["oid", "affid", "sub1", "uid", "creative_id", "idfa", "_ef_transaction_id", "__cc", "__rf"];
const query = fc.array(
  fc.tuple(fc.oneof(fc.constantFrom(...NAMES, "aff", "cf_params", "cf_click"), text), text),
  {
    maxLength: 6,
  },
);
/** Often a pair that is there, so that the rest is reached as well. */
const pairQuery = fc.oneof(
  query,
  query.map((rest) => [["oid", "6"], ["affid", "7"], ...rest] as [string, string][]),
);
const search = (pairs: [string, string][]) =>
  new URLSearchParams(pairs.map(([name, value]) => [name.toWellFormed(), value.toWellFormed()])).toString();

const json = fc.jsonValue({ maxDepth: 2 });
/** Objects with these fields, of any value or of a likely one. */
const body = (likely: Record<string, fc.Arbitrary<unknown>>) =>
  fc.oneof(
    json.map((value) => JSON.stringify(value)),
    text,
    fc
      .record(
        Object.fromEntries(
          Object.entries(likely).map(([name, value]) => [name, fc.oneof(value, value, json)]),
        ),
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value)),
    fc.record(likely, { requiredKeys: [] }).map((value) => JSON.stringify(value)),
  );

async function errorOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error: unknown };
  expect(error).toEqual(expect.stringMatching(/./));
  return String(error);
}

test("GET /clk", () =>
  storesWhatIsAccepted(pairQuery, async (pairs) => {
    const response = await call(`${COLLECTOR}/clk?${search(pairs)}`);
    expect([200, 400]).toContain(response.status);
    if (response.status === 400) await errorOf(response);
    else
      expect(await response.json()).toMatchObject({
        transaction_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
    return response.status === 200;
  }));

test("GET /sdk/click", () =>
  storesWhatIsAccepted(pairQuery, async (pairs) => {
    const response = await call(`${COLLECTOR}/sdk/click?${search(pairs)}`, {
      headers: { "User-Agent": CHROME, Cookie: `affitor_click_id=${search(pairs)}` },
    });
    expect([200, 400]).toContain(response.status);
    if (response.status === 400) await errorOf(response);
    return response.status === 200;
  }));

test("GET /clk and /sdk/click with a query that is no form at all", () =>
  storesWhatIsAccepted(fc.tuple(fc.constantFrom("clk", "sdk/click"), text), async ([path, raw]) => {
    const response = await call(new URL(`${COLLECTOR}/${path}?${raw.replaceAll("#", "")}`));
    expect(response.status).toBe(400);
    await errorOf(response);
    return false;
  }));

test("GET /c/{code} leads to the program's own host or to a page, whatever stands in it", () =>
  storesWhatIsAccepted(
    fc.tuple(fc.oneof(fc.constantFrom("PARTNER123", "A B/ü"), text), query),
    async ([code, pairs]) => {
      // A code of dots alone is no code to a URL, which takes it for a folder.
      const path = /^\.{0,2}$/.test(code) ? "x" : encodeURIComponent(code.toWellFormed());
      const response = await call(`${COLLECTOR}/c/${path}?${search(pairs)}`, {
        redirect: "manual",
        headers: { "User-Agent": CHROME },
      });
      expect([302, 400, 404]).toContain(response.status);
      if (response.status !== 302) {
        expect(await response.text()).not.toContain("<script");
        return false;
      }
      const landing = new URL(response.headers.get("Location")!);
      expect(landing.host).toBe("shop.example");
      expect(landing.searchParams.getAll("aff")).toEqual([code]);
      return landing.searchParams.has("cf_seal");
    },
  ));

test("GET /c/ with a path that is no code at all", () =>
  storesWhatIsAccepted(text, async (raw) => {
    const url = new URL(`${COLLECTOR}/c/x${raw.replaceAll(/[?#]/g, "")}`);
    const response = await call(url, { redirect: "manual", headers: { "User-Agent": CHROME } });
    expect(response.status).toBe(404);
    await response.text();
    return false;
  }));

test("POST /v1/networks/tracking/offers/clicks makes a link that works, or says what is wrong", () =>
  storesWhatIsAccepted(
    body({
      network_offer_id: fc.constantFrom(6, 8, 9),
      network_affiliate_id: fc.constant(7),
      network_offer_url_id: fc.nat(),
      creative_id: fc.integer(),
      sub1: text,
      source_id: text,
      is_encrypt_parameters: fc.boolean(),
    }),
    async (given) => {
      const response = await call(`${COLLECTOR}/v1/networks/tracking/offers/clicks`, {
        method: "POST",
        headers: { "X-Eflow-API-Key": env.ADMIN_TOKEN },
        body: given,
      });
      expect([200, 400, 404]).toContain(response.status);
      if (response.status !== 200) return (await errorOf(response)) === "";
      const { url } = (await response.json()) as { url: string };
      const followed = await call(url, { redirect: "manual", headers: { "User-Agent": CHROME } });
      expect(followed.status).toBe(302);
      return true;
    },
  ));

test("POST /merchants/{merchant_id}/tracking/click", () =>
  storesWhatIsAccepted(
    fc.tuple(
      fc.oneof(fc.constant(MERCHANT), fc.constant(MERCHANT), fc.uuid(), text),
      body({
        tracking_ids: fc.oneof(
          json,
          fc.record(
            { user_id: fc.array(text), visitor_id: fc.array(text), avantlink_avad: text },
            { requiredKeys: [] },
          ),
        ),
        user_agent: fc.oneof(fc.constant(CHROME), text),
        current_url: fc.oneof(fc.webUrl(), fc.constant("https://shop.example/"), text),
        referrer_url: text,
        google_click_id: text,
        custom_tracking_code: text,
        user_ip_address: fc.oneof(fc.ipV4(), text),
      }),
    ),
    async ([merchant, given]) => {
      const id = encodeURIComponent(merchant.toWellFormed());
      if (/^\.{0,2}$/.test(id)) return false;
      const response = await call(`${COLLECTOR}/merchants/${id}/tracking/click`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: given,
      });
      expect([200, 400, 404]).toContain(response.status);
      const answer = await response.json();
      if (response.status === 200) expect(answer).toEqual({ success: true });
      else expect(Object.keys(answer as object)).toEqual(["error", "error_key", "exception"]);
      return response.status === 200;
    },
  ));

test("POST /api/v1/track/click with any landing of a tracking link", () =>
  storesWhatIsAccepted(fc.tuple(text, text, text), async ([cf_click, cf_seal, cf_params]) => {
    const query = search([
      ["aff", "PARTNER123"],
      ["cf_click", cf_click],
      ["cf_seal", cf_seal],
      ["cf_params", cf_params],
    ]);
    const response = await call(`${COLLECTOR}/api/v1/track/click`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "User-Agent": CHROME },
      body: JSON.stringify({ affiliate_url: `https://shop.example/?${query}` }),
    });
    // Made up, they are as if they were not there: the click counts.
    expect(response.status).toBe(200);
    return true;
  }));

test("sealed parameters open to what was sealed, and no other text opens", async () => {
  const secrets = {
    clickIdSecret: "a-secret-for-tests-of-forty-characters-00",
    clickIdSecretsPrevious: [],
  };
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" })),
      fc.string({ unit: "grapheme" }),
      async (params, code) => {
        const opened = await openParams(secrets, await sealParams(secrets, params, code), code);
        expect(Object.entries(opened!).toSorted()).toEqual(Object.entries(params).toSorted());
      },
    ),
    RUNS,
  );
  await fc.assert(
    fc.asyncProperty(text, async (token) => {
      expect(await openParams(secrets, token, "A")).toBeUndefined();
    }),
    RUNS,
  );
});
