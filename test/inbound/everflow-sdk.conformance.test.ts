/** Conformance to CONTRACTS 2, GET /sdk/click; docs/conformance/everflow-sdk.md lists the clauses. */
import { SELF } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
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
  oid: number;
  transaction_id: string;
}

/** What the script sends on a page without any parameter of its own: empty ones, too. */
const BARE = "_ef_transaction_id=&oid=2101&affid=411&__cc=&async=json&__rf=&__efckuq=14";
const PAGE = { Origin: "https://www.shop.example", Referer: "https://www.shop.example/pricing" };

beforeAll(async () => {
  await seedProgram([{ code: "PARTNER123", everflow: { offer_id: 2101, affiliate_id: 411 } }]);
  await seedNetworks(77);
});

const call = (query = BARE, headers: Record<string, string> = {}, method = "GET") =>
  SELF.fetch(`${COLLECTOR}/sdk/click?${query}`, {
    method,
    headers: { "User-Agent": CHROME, ...PAGE, ...headers },
  });

const answer = async (response: Response) => (await response.json()) as Answer;

async function recorded(transaction_id: string) {
  await recordAll();
  const rows = await events("id = ?", transaction_id);
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

describe("a click", () => {
  test("is answered with a transaction_id, the offer and the ADVERTISER's id", async () => {
    const response = await call();
    expect(response.status).toBe(200);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.json()).toEqual({
      aid: 77,
      error_code: 0,
      oid: 2101,
      session_duration: 1440,
      transaction_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test("is recorded, counted on the link and owed to Everflow", async () => {
    await seedLink({ code: "COUNTED", everflow: { offer_id: 3001, affiliate_id: 411 } });
    const { transaction_id } = await answer(await call("oid=3001&affid=411&async=json"));
    expect(await recorded(transaction_id)).toMatchObject({
      dialect: "everflow",
      partner_id: 1,
      user_agent: CHROME,
      browser: "Chrome",
      page_url: PAGE.Referer,
    });
    expect(await linkRow("COUNTED")).toMatchObject({ clicks: 1, unique_clicks: 1 });
    expect(await owedTo(transaction_id)).toEqual({ everflow: null });
  });

  test("keeps every parameter that the script sends", async () => {
    const numbered = Object.fromEntries(
      Array.from({ length: 10 }, (_, i) => [
        [`sub${i + 1}`, `s${i + 1}`],
        [`adv${i + 1}`, `a${i + 1}`],
      ]).flat(),
    );
    const named = {
      ...numbered,
      uid: "12",
      source_id: "newsletter",
      creative_id: "34",
      fbclid: "fb",
      gclid: "g",
      ttclid: "tt",
      sccid: "sc",
    };
    const query = new URLSearchParams({
      oid: "2101",
      affid: "411",
      ...named,
      __cc: "SUMMER",
      __rf: "https://blog.example/post",
      __organic_click: "1",
      effp: "fingerprint",
    });
    const { transaction_id } = await answer(await call(query.toString()));
    const event = await recorded(transaction_id);
    expect(JSON.parse(String(event.params))).toEqual({ ...named, coupon_code: "SUMMER" });
    expect(event).toMatchObject({
      referrer_url: "https://blog.example/post",
      referrer_host: "blog.example",
    });
  });

  test("is not lost to a page's odd uid", async () => {
    const { transaction_id } = await answer(await call(`${BARE}&uid=undefined`));
    expect(JSON.parse(String((await recorded(transaction_id)).params))).toEqual({ uid: "undefined" });
  });

  test("of a server's HTTP library counts, its visitor unknown", async () => {
    const { transaction_id } = await answer(await call(BARE, { "User-Agent": "node" }));
    expect(await recorded(transaction_id)).toMatchObject({ is_bot: 0, user_agent: "" });
  });
});

describe("_ef_transaction_id", () => {
  const KNOWN = "73b30b226eb44dc884d56968282b8f39";

  test("names a click that Everflow has: it is answered, recorded, and not forwarded again", async () => {
    const before = await linkRow("PARTNER123");
    const query = `${BARE}&`.replace("_ef_transaction_id=&", `_ef_transaction_id=${KNOWN}&`);
    expect(await answer(await call(query))).toMatchObject({ transaction_id: KNOWN, aid: 77 });
    await recordAll();
    const [event, ...others] = await events("params ->> '_ef_transaction_id' = ?", KNOWN);
    expect(others).toEqual([]);
    expect(await owedTo(event!.id)).toEqual({ everflow: "Everflow already has this click" });
    // The page is loaded again.
    expect(await answer(await call(query))).toMatchObject({ transaction_id: KNOWN });
    await recordAll();
    expect((await linkRow("PARTNER123")).clicks).toBe(Number(before.clicks) + 1);
  });

  test("of another form is kept, and answered with an id of ours", async () => {
    const { transaction_id } = await answer(await call(`oid=2101&affid=411&_ef_transaction_id=x'y`));
    expect(transaction_id).toMatch(/^[0-9a-f]{32}$/);
    const event = await recorded(transaction_id);
    expect(JSON.parse(String(event.params))).toEqual({ _ef_transaction_id: "x'y" });
  });
});

describe("CORS and cookies", () => {
  test("a page of any origin reads the answer, with credentials, and errors too", async () => {
    for (const query of [BARE, "oid=x"]) {
      const { headers } = await call(query, { Origin: "https://any.example" });
      expect(headers.get("Access-Control-Allow-Origin")).toBe("https://any.example");
      expect(headers.get("Access-Control-Allow-Credentials")).toBe("true");
      expect(headers.get("Vary")).toBe("Origin");
    }
  });

  test("OPTIONS is answered", async () => {
    const response = await call(BARE, {}, "OPTIONS");
    expect([response.status, response.headers.get("Access-Control-Allow-Methods")]).toEqual([
      204,
      "GET, OPTIONS",
    ]);
  });

  test("a page of the program on the collector's site gets the first-party cookie", async () => {
    const response = await call();
    const { transaction_id } = await answer(response);
    expect(response.headers.get("Set-Cookie")).toMatch(
      new RegExp(`^affitor_click_id=cust_${transaction_id}_\\d{13}; Max-Age=5184000; Domain=shop.example;`),
    );
    // On plain http its browser would refuse it.
    for (const Origin of ["https://any.example", "http://www.shop.example"]) {
      expect((await call(BARE, { Origin })).headers.get("Set-Cookie")).toBeNull();
    }
  });

  test("a visitor with the cookie stays the same customer", async () => {
    const first = await call();
    const cookie = first.headers.get("Set-Cookie")!.split(";")[0]!;
    const customer = (await answer(first)).transaction_id;
    const { transaction_id } = await answer(await call(BARE, { Cookie: `seen=1; ${cookie}` }));
    expect(await recorded(transaction_id)).toMatchObject({ customer_id: customer, is_unique: 0 });
  });
});

describe("what is refused is an HTTP error and leaves nothing behind", () => {
  beforeAll(() =>
    seedLink({ code: "OFF", status: "inactive", everflow: { offer_id: 3002, affiliate_id: 411 } }),
  );

  test.each([
    ["oid is missing", "affid=411", "oid is required"],
    ["affid is empty, as the script sends it", "oid=2101&affid=", "affid is required"],
    ["oid is no integer", "oid=x&affid=411", "oid must be an integer"],
    [
      "only a transaction id is given",
      "_ef_transaction_id=73b30b226eb44dc884d56968282b8f39",
      "oid is required",
    ],
    ["no link has the pair", "oid=1&affid=1", "No link has this oid and affid"],
    ["the link is inactive", "oid=3002&affid=411", "The link of this oid and affid is inactive"],
  ])("when %s", async (_, query, error) => {
    const before = await rowsStored();
    const response = await call(query);
    expect([response.status, await response.json()]).toEqual([400, { error }]);
    expect(response.headers.get("Set-Cookie")).toBeNull();
    expect(await rowsStored()).toBe(before);
  });

  test.each(["HEAD", "POST"])("when the method is %s", async (method) => {
    const before = await rowsStored();
    expect((await call(BARE, {}, method)).status).toBe(405);
    expect(await rowsStored()).toBe(before);
  });
});

test("aid is 0 where the program's settings name no advertiser", async () => {
  await seedLink({ code: "NOADVERTISER", everflow: { offer_id: 3003, affiliate_id: 411 } });
  await seedNetworks(0);
  expect(await answer(await call("oid=3003&affid=411"))).toMatchObject({ aid: 0, oid: 3003 });
});
