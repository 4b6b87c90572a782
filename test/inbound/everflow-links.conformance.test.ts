/** Conformance to seed 001 and CONTRACTS 2; docs/conformance/everflow-links.md lists the clauses. */
import { env, SELF } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { partnerKeyHash } from "../../worker/partner-key.ts";
import { COLLECTOR, rowsStored, seedLink, seedNetworks, seedProgram } from "../support/program.ts";

/** The seed's own example. */
const SEED_BODY = { network_offer_id: 6, network_affiliate_id: 7 };
const PARTNER_KEY = "cfp_a-partner's-key";
const EVERYTHING = {
  ...SEED_BODY,
  network_tracking_domain_id: 1,
  network_offer_url_id: 12,
  creative_id: 34,
  network_traffic_source_id: 56,
  source_id: "newsletter",
  sub1: "a b&c",
  sub2: "é",
  sub3: "3",
  sub4: "4",
  sub5: "5",
};

beforeAll(async () => {
  await seedProgram([{ code: "PARTNER123", everflow: { offer_id: 6, affiliate_id: 7 } }]);
  await seedNetworks();
  await seedLink({ code: "a b/ü?#%2F", everflow: { offer_id: 8, affiliate_id: 7 } });
  await seedLink({ code: "OFF", status: "inactive", everflow: { offer_id: 9, affiliate_id: 7 } });
  await seedLink({ code: "NOPROGRAM", program_id: 99, everflow: { offer_id: 10, affiliate_id: 7 } });
  await env.DB.prepare("UPDATE partners SET api_key_hash = ? WHERE id = 1")
    .bind(await partnerKeyHash(PARTNER_KEY))
    .run();
});

function call(body: unknown, headers: Record<string, string> = {}, method = "POST") {
  return SELF.fetch(`${COLLECTOR}/v1/networks/tracking/offers/clicks`, {
    method,
    headers: { "Content-Type": "application/json", "X-Eflow-Api-Key": env.ADMIN_TOKEN, ...headers },
    ...(method !== "GET" && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

const urlOf = async (response: Response) => new URL(((await response.json()) as { url: string }).url);
/** Follows a link as a HEAD does: it redirects and counts nothing. */
const landing = async (url: URL | string) => {
  const response = await SELF.fetch(url, { method: "HEAD", redirect: "manual" });
  return new URL(response.headers.get("Location")!);
};

describe("a tracking link", () => {
  test("is generated for the seed's own example", async () => {
    const response = await call(SEED_BODY);
    expect([response.status, await response.json()]).toEqual([200, { url: `${COLLECTOR}/c/PARTNER123` }]);
  });

  test("has every optional parameter that was given, under the name that /clk documents", async () => {
    const url = await urlOf(await call(EVERYTHING));
    expect(url.origin + url.pathname).toBe(`${COLLECTOR}/c/PARTNER123`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      sub1: "a b&c",
      sub2: "é",
      sub3: "3",
      sub4: "4",
      sub5: "5",
      source_id: "newsletter",
      uid: "12",
      creative_id: "34",
      traffic_source_id: "56",
    });
  });

  test("has none of those that are null or empty, and unknown fields are ignored", async () => {
    const url = await urlOf(
      await call({ ...SEED_BODY, sub1: "", sub2: null, creative_id: null, novelty: [1] }),
    );
    expect(url.search).toBe("");
  });

  test("works for a code of any characters", async () => {
    const url = await urlOf(await call({ ...SEED_BODY, network_offer_id: 8 }));
    expect((await landing(url)).searchParams.get("aff")).toBe("a b/ü?#%2F");
  });

  test("is of the collector's own host, whatever the key's call came to", async () => {
    const response = await SELF.fetch("https://t.other.example/v1/networks/tracking/offers/clicks", {
      method: "POST",
      headers: { "X-Eflow-API-Key": env.ADMIN_TOKEN },
      body: JSON.stringify(SEED_BODY),
    });
    expect((await urlOf(response)).href).toBe("https://t.other.example/c/PARTNER123");
  });

  test("is there as soon as its link is, although the pair was unknown a moment ago", async () => {
    const body = { network_offer_id: 11, network_affiliate_id: 7 };
    expect((await call(body)).status).toBe(404);
    await seedLink({ code: "NEW", everflow: { offer_id: 11, affiliate_id: 7 } });
    expect((await call(body)).status).toBe(200);
  });
});

describe("is_encrypt_parameters", () => {
  const encrypted = async (body: object = EVERYTHING) =>
    urlOf(await call({ ...body, is_encrypt_parameters: true }));

  test("folds all of them into one that tells nothing", async () => {
    const url = await encrypted();
    expect([...url.searchParams.keys()]).toEqual(["cf_params"]);
    expect(url.searchParams.get("cf_params")).toMatch(/^[\w-]+$/);
    expect(url.href).not.toMatch(/newsletter|sub1|a\+b|uid/);
  });

  test("is different every time, so that equal parameters do not show", async () => {
    expect((await encrypted()).href).not.toBe((await encrypted()).href);
  });

  test("makes no parameter where none was given", async () => {
    expect((await encrypted(SEED_BODY)).search).toBe("");
  });

  test("false leaves them readable", async () => {
    const url = await urlOf(await call({ ...SEED_BODY, sub1: "x", is_encrypt_parameters: false }));
    expect(url.search).toBe("?sub1=x");
  });
});

describe("what is refused stores nothing", () => {
  test.each<[string, unknown, number, string]>([
    ["network_offer_id is missing", { network_affiliate_id: 7 }, 400, "network_offer_id is required"],
    ["network_affiliate_id is missing", { network_offer_id: 6 }, 400, "network_affiliate_id is required"],
    [
      "network_offer_id is text",
      { ...SEED_BODY, network_offer_id: "6" },
      400,
      "network_offer_id must be a number",
    ],
    [
      "network_offer_id is a fraction",
      { ...SEED_BODY, network_offer_id: 6.5 },
      400,
      "network_offer_id must be a whole number",
    ],
    [
      "network_offer_id is 0",
      { ...SEED_BODY, network_offer_id: 0 },
      400,
      "network_offer_id must be at least 1",
    ],
    ["creative_id is text", { ...SEED_BODY, creative_id: "x" }, 400, "creative_id must be a number"],
    ["sub1 is a number", { ...SEED_BODY, sub1: 1 }, 400, "sub1 must be a string"],
    [
      "sub5 is too long",
      { ...SEED_BODY, sub5: "x".repeat(501) },
      400,
      "sub5 must have at most 500 characters",
    ],
    [
      "is_encrypt_parameters is text",
      { ...SEED_BODY, is_encrypt_parameters: "true" },
      400,
      "is_encrypt_parameters must be a boolean",
    ],
    ["the body is no JSON", "{", 400, "body must be valid JSON"],
    ["the body is an array", [], 400, "body must be an object"],
    ["the body is over 16 KiB", { sub1: "x".repeat(16_384) }, 413, "body must have at most 16384 bytes"],
    [
      "no link has the pair",
      { network_offer_id: 6, network_affiliate_id: 8 },
      404,
      "No link has this network_offer_id and network_affiliate_id",
    ],
    [
      "the link is not active",
      { network_offer_id: 9, network_affiliate_id: 7 },
      400,
      "The link of this offer and affiliate is not active",
    ],
    [
      "the link's program is gone",
      { network_offer_id: 10, network_affiliate_id: 7 },
      400,
      "The link of this offer and affiliate has no program or partner",
    ],
  ])("when %s", async (_, body, status, error) => {
    const before = await rowsStored();
    const response = await call(body);
    expect([response.status, await response.json()]).toEqual([status, { error }]);
    expect(await rowsStored()).toBe(before);
  });

  test.each([
    ["there is no key", "", 401, "X-Eflow-API-Key is missing or unknown"],
    ["the key is nobody's", "cfp_nobody", 401, "X-Eflow-API-Key is missing or unknown"],
    ["the key is a partner's", PARTNER_KEY, 403, "This call needs a management key"],
  ])("because %s, whatever the body says", async (_, key, status, error) => {
    // Before anything else is told: an unknown caller learns nothing of links.
    for (const body of [SEED_BODY, { network_offer_id: 404, network_affiliate_id: 404 }, "{"]) {
      const response = await call(body, { "X-Eflow-Api-Key": key });
      expect([response.status, await response.json()]).toEqual([status, { error }]);
    }
  });

  test.each(["GET", "PUT"])("when the method is %s", async (method) => {
    const response = await call("{}", {}, method);
    expect([response.status, response.headers.get("Allow")]).toEqual([405, "POST"]);
  });
});
