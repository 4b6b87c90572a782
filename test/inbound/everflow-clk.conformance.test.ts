/** Conformance to seed 000 and CONTRACTS 2, GET /clk; docs/conformance/everflow-clk.md lists the clauses. */
import { env, SELF } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { everflow } from "../../worker/networks/everflow.ts";
import { owedClick } from "../networks/support/click.ts";
import {
  CHROME,
  COLLECTOR,
  events,
  linkRow,
  owedTo,
  recordAll,
  rowsStored,
  seedLink,
  seedNetworks,
  seedProgram,
} from "../support/program.ts";

interface Answer {
  aid: number;
  error_code: number;
  oid: number;
  session_duration: number;
  transaction_id: string;
}

/** Each test's own link, so that counters are its own. */
let offers = 1000;
async function offer(code: string, spec: Partial<Parameters<typeof seedLink>[0]> = {}): Promise<number> {
  const offer_id = ++offers;
  await seedLink({ code, everflow: { offer_id, affiliate_id: 411 }, ...spec });
  return offer_id;
}

beforeAll(async () => {
  await seedProgram([
    { code: "PARTNER123", everflow: { offer_id: 2101, affiliate_id: 411 } },
    { code: "SEED", everflow: { offer_id: 123, affiliate_id: 266 } },
  ]);
  await seedNetworks();
});

/** Calls as the seed's cURL example does; `init` is what an integrator's server or a browser adds. */
function call(query: string, init: { headers?: Record<string, string>; cf?: object; method?: string } = {}) {
  return SELF.fetch(`${COLLECTOR}/clk${query}`, {
    ...init,
    headers: { "User-Agent": "curl/8.5.0", ...init.headers },
  } as RequestInit);
}

const answer = async (response: Response) => (await response.json()) as Answer;

async function recorded(transaction_id: string) {
  await recordAll();
  const rows = await events("id = ?", transaction_id);
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

describe("a click", () => {
  test("is answered with exactly the seed's five fields", async () => {
    const response = await call("?oid=2101&affid=411");
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toContain("application/json");
    expect(await response.json()).toEqual({
      aid: 411,
      error_code: 0,
      oid: 2101,
      session_duration: 60 * 24,
      transaction_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test("is recorded under its transaction_id, on the link of offer and affiliate", async () => {
    const oid = await offer("RECORDED");
    const { transaction_id } = await answer(await call(`?oid=${oid}&affid=411`));
    const event = await recorded(transaction_id);
    const link = await linkRow("RECORDED");
    expect(event).toMatchObject({
      id: transaction_id,
      customer_id: transaction_id,
      dialect: "everflow",
      program_id: 1,
      partner_id: 1,
      link_id: link.id,
      is_unique: 1,
      is_bot: 0,
      params: null,
    });
    expect(link).toMatchObject({ clicks: 1, unique_clicks: 1, bot_clicks: 0, last_clicked: event.at });
  });

  test("is owed to Everflow and to no other network", async () => {
    const { transaction_id } = await answer(await call("?oid=2101&affid=411"));
    await recorded(transaction_id);
    expect(await owedTo(transaction_id)).toEqual({ everflow: null });
  });

  test("must not be answered from a cache", async () => {
    expect((await call("?oid=2101&affid=411")).headers.get("Cache-Control")).toBe("no-store");
    const one = await answer(await call("?oid=2101&affid=411"));
    expect((await answer(await call("?oid=2101&affid=411"))).transaction_id).not.toBe(one.transaction_id);
  });
});

describe("the seed's examples", () => {
  test.each([
    ["python-requests/2.32.3", "?oid=123&affid=266&sub1=campaign_abc", { sub1: "campaign_abc" }],
    ["curl/8.5.0", "?oid=123&affid=266", null],
    ["", "?oid=123&affid=266&sub1=campaign_abc", { sub1: "campaign_abc" }],
  ])("run as they stand, from %j", async (userAgent, query, params) => {
    const response = await call(query, { headers: { "User-Agent": userAgent } });
    const body = await answer(response);
    expect(body).toMatchObject({ aid: 266, oid: 123, error_code: 0 });
    const event = await recorded(body.transaction_id);
    expect(JSON.parse(String(event.params))).toEqual(params);
    expect(event).toMatchObject({ is_bot: 0, user_agent: "" });
  });
});

describe("optional parameters", () => {
  const SEED = {
    sub1: "a",
    sub2: "b",
    sub3: "c",
    sub4: "d",
    sub5: "e",
    source_id: "newsletter",
    uid: "12",
    creative_id: "34",
    coupon_code: "SUMMER",
    fbclid: "fb",
    gclid: "g",
    idfa: "236A005B-700F-4889-B9CE-999EAB2B605D",
    google_aid: "38400000-8cf0-11bd-b23e-10b96e40000d",
    android_id: "9774d56d682e549c",
  };

  test("of the seed are kept as received and forwarded", async () => {
    const { transaction_id } = await answer(
      await call(`?oid=2101&affid=411&${new URLSearchParams(SEED)}&novelty=1`),
    );
    const event = await recorded(transaction_id);
    const params = JSON.parse(String(event.params));
    expect(params).toEqual(SEED);
    const { url } = await everflow.request(owedClick({ click_id: "ours", params }), {
      tracking_domain: "https://www.acme-trk.example",
      offer_id: 2101,
      affiliate_id: 411,
    });
    // sub5 carries our click id to Everflow unless the program chose another parameter.
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      oid: "2101",
      affid: "411",
      ...SEED,
      sub5: "ours",
    });
  });

  test("that are empty are none, and of several of a name the first counts", async () => {
    const { transaction_id } = await answer(
      await call("?oid=2101&affid=411&oid=9&sub1=one&sub1=two&sub2=&uid=&idfa="),
    );
    expect(JSON.parse(String((await recorded(transaction_id)).params))).toEqual({ sub1: "one" });
  });

  test("beyond their stored length are cut, not refused", async () => {
    const { transaction_id } = await answer(await call(`?oid=2101&affid=411&sub1=${"x".repeat(3000)}`));
    expect(JSON.parse(String((await recorded(transaction_id)).params))).toEqual({ sub1: "x".repeat(512) });
  });
});

describe("what is refused leaves nothing behind", () => {
  test.each([
    ["oid is missing", "?affid=411", "oid is required"],
    ["oid is empty", "?oid=&affid=411", "oid is required"],
    ["affid is missing", "?oid=2101", "affid is required"],
    ["both are missing", "", "oid is required"],
    ["oid is no integer", "?oid=abc&affid=411", "oid must be an integer"],
    ["oid is a fraction", "?oid=2101.0&affid=411", "oid must be an integer"],
    ["oid is negative", "?oid=-1&affid=411", "oid must be an integer"],
    ["oid is in another notation", "?oid=0x835&affid=411", "oid must be an integer"],
    ["oid is larger than numbers are exact", "?oid=99999999999999999999&affid=411", "oid must be an integer"],
    ["affid is no integer", "?oid=2101&affid=4e2", "affid must be an integer"],
    ["affid is a macro that nobody filled in", "?oid=2101&affid={affid}", "affid must be an integer"],
    ["no link has the offer", "?oid=999999&affid=411", "No link has this oid and affid"],
    ["the affiliate has no link to the offer", "?oid=2101&affid=412", "No link has this oid and affid"],
    ["uid is no integer", "?oid=2101&affid=411&uid=x", "uid must be an integer"],
    ["creative_id is no integer", "?oid=2101&affid=411&creative_id=1.5", "creative_id must be an integer"],
    [
      "idfa has another form",
      "?oid=2101&affid=411&idfa=236A005B700F4889B9CE999EAB2B605D",
      "idfa must have the format 8-4-4-4-12",
    ],
  ])("when %s", async (_, query, error) => {
    const before = await rowsStored();
    const response = await call(query);
    expect([response.status, await response.json()]).toEqual([400, { error }]);
    expect(await rowsStored()).toBe(before);
  });

  test("when the Idempotency-Key is too long", async () => {
    const before = await rowsStored();
    const response = await call("?oid=2101&affid=411", { headers: { "Idempotency-Key": "x".repeat(65) } });
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: "Idempotency-Key must have at most 64 characters" },
    ]);
    expect(await rowsStored()).toBe(before);
  });

  test("when the Idempotency-Key is the word undefined", async () => {
    const before = await rowsStored();
    const response = await call("?oid=2101&affid=411", { headers: { "Idempotency-Key": "undefined" } });
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: 'Idempotency-Key must be the click\'s own, not "undefined"' },
    ]);
    expect(await rowsStored()).toBe(before);
  });

  test.each(["HEAD", "POST", "PUT", "DELETE"])("when the method is %s", async (method) => {
    const before = await rowsStored();
    const response = await call("?oid=2101&affid=411", { method });
    expect([response.status, response.headers.get("Allow")]).toEqual([405, "GET"]);
    expect(await rowsStored()).toBe(before);
  });

  test("when the link is inactive: 200 with error_code 24 and an empty transaction_id", async () => {
    const oid = await offer("OFF", { status: "inactive" });
    const before = await rowsStored();
    const response = await call(`?oid=${oid}&affid=411`);
    expect([response.status, await response.json()]).toEqual([
      200,
      { aid: 411, error_code: 24, oid, session_duration: 1440, transaction_id: "" },
    ]);
    expect(await rowsStored()).toBe(before);
  });

  test("when the link's program is gone", async () => {
    const oid = await offer("NOPROGRAM", { program_id: 99 });
    const before = await rowsStored();
    const response = await call(`?oid=${oid}&affid=411`);
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: "The link of this oid and affid has no program or partner" },
    ]);
    expect(await rowsStored()).toBe(before);
  });

  test("when the collector itself fails, and it says no more", async () => {
    const before = await rowsStored();
    await env.DB.prepare("ALTER TABLE referral_links RENAME TO hidden").run();
    const response = await call("?oid=31337&affid=411");
    await env.DB.prepare("ALTER TABLE hidden RENAME TO referral_links").run();
    expect([response.status, await response.json()]).toEqual([500, { error: "Click tracking failed" }]);
    expect(await rowsStored()).toBe(before);
  });
});

describe("a repeat with the same Idempotency-Key", () => {
  test("gets the first transaction_id and counts nothing", async () => {
    const oid = await offer("REPEAT");
    const headers = { "Idempotency-Key": "order-7" };
    const answers = await Promise.all(
      Array.from({ length: 4 }, async () => answer(await call(`?oid=${oid}&affid=411`, { headers }))),
    );
    await recordAll();
    // Recorded meanwhile.
    answers.push(await answer(await call(`?oid=${oid}&affid=411`, { headers })));
    expect(new Set(answers.map((each) => each.transaction_id)).size).toBe(1);
    await recorded(answers[0]!.transaction_id);
    expect(await linkRow("REPEAT")).toMatchObject({ clicks: 1 });
  });

  test("on another affiliate's link is a click of its own, and repeated there gets that one's answer", async () => {
    const oid = await offer("OWN411");
    await seedLink({ code: "OWN412", everflow: { offer_id: oid, affiliate_id: 412 } });
    const headers = { "Idempotency-Key": "request-1" };
    const ids: string[] = [];
    for (const affid of [411, 412, 411, 412]) {
      ids.push((await answer(await call(`?oid=${oid}&affid=${affid}`, { headers }))).transaction_id);
    }
    expect(new Set(ids).size).toBe(2);
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
    for (const id of new Set(ids)) await recorded(id);
    expect(await linkRow("OWN411")).toMatchObject({ clicks: 1 });
    expect(await linkRow("OWN412")).toMatchObject({ clicks: 1 });
  });
});

describe("the visitor", () => {
  const cf = { continent: "NA", country: "US", city: "Ashburn", asn: 14618 };

  test("of a server that tells nothing of him is unknown: neither its address nor its place is his", async () => {
    const { transaction_id } = await answer(
      await call("?oid=2101&affid=411", {
        cf,
        headers: { "CF-Connecting-IP": "198.51.100.20", "Accept-Language": "en" },
      }),
    );
    expect(await recorded(transaction_id)).toMatchObject({
      ip: "",
      user_agent: "",
      language: null,
      country: null,
      city: null,
      asn: null,
      continent: null,
      is_bot: 0,
    });
  });

  test.each(["203.0.113.9", "2001:db8::9"])(
    "of a server that forwards his headers has this address, user agent and language, and no place: %s",
    async (ip) => {
      const { transaction_id } = await answer(
        await call("?oid=2101&affid=411", {
          cf,
          headers: {
            "User-Agent": CHROME,
            "CF-Connecting-IP": "198.51.100.20",
            "X-Forwarded-For": `${ip}, 198.51.100.20`,
            "Accept-Language": "fr-CA,fr;q=0.9",
          },
        }),
      );
      expect(await recorded(transaction_id)).toMatchObject({
        ip,
        user_agent: CHROME,
        language: "fr-CA",
        browser: "Chrome",
        country: null,
        city: null,
      });
    },
  );

  test("who calls himself, from a browser, is where the edge sees him", async () => {
    const { transaction_id } = await answer(
      await call("?oid=2101&affid=411", {
        cf,
        headers: {
          "User-Agent": CHROME,
          "CF-Connecting-IP": "198.51.100.20",
          // What Cloudflare adds on its own.
          "X-Forwarded-For": "198.51.100.20",
          "Accept-Language": "fr-CA,fr;q=0.9",
        },
      }),
    );
    expect(await recorded(transaction_id)).toMatchObject({
      ip: "198.51.100.20",
      language: "fr-CA",
      country: "US",
      city: "Ashburn",
    });
  });

  test("is not who an X-Forwarded-For without an address names", async () => {
    for (const forwarded of ["unknown", "<script>", "1.2.3", "1.2.3.999", "::g", ""]) {
      const { transaction_id } = await answer(
        await call("?oid=2101&affid=411", { headers: { "X-Forwarded-For": forwarded } }),
      );
      expect(await recorded(transaction_id)).toMatchObject({ ip: "" });
    }
  });

  test("who is a crawler is recorded and flagged, neither counted nor forwarded", async () => {
    const oid = await offer("CRAWLED");
    const headers = { "User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" };
    const { transaction_id } = await answer(await call(`?oid=${oid}&affid=411`, { headers }));
    expect(await recorded(transaction_id)).toMatchObject({ is_bot: 1 });
    expect(await linkRow("CRAWLED")).toMatchObject({ clicks: 0, bot_clicks: 1 });
    expect(await owedTo(transaction_id)).toEqual({ everflow: "bot" });
  });
});
