/** Conformance to seed 004 and CONTRACTS 5, outbound; docs/conformance/avantlink-outbound.md lists the clauses. */
import { describe, expect, test } from "vitest";
import type { OwedClick } from "../../worker/click.ts";
import { type AvantlinkConnection, avantlink } from "../../worker/networks/avantlink.ts";
import { answer, CHROME, owedClick, VISITOR_ID } from "./support/click.ts";

const MERCHANT = "6d1b3d5c-8d59-4c43-9d0e-7a3c1f0b2e44";
const CONNECTION: AvantlinkConnection = { merchant_id: MERCHANT, user_agent: "Clickferry/0.1.0" };
/** The seed's own example, with the ids it uses. */
const SEED_URL = "https://store.example.com/products/widget?avad=77_f3afbe121";
const SEED_ERROR = {
  error: "You must provide at least one tracking id in order to generate a episode_id.",
  error_key: "client.model.merchants_tracking.tracking_ids.blank",
  exception: "InvalidArgumentException",
};

async function body(click: Partial<OwedClick>) {
  return JSON.parse((await avantlink.request(owedClick(click), CONNECTION)).body!);
}

describe("the request", () => {
  test("the seed's own example is sent as the seed writes it", async () => {
    const click = owedClick({
      affiliate_url: SEED_URL,
      user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64)...",
      ip: "",
      params: { avad: "77_f3afbe121", user_id: "u_78901" },
    });
    expect(await avantlink.request(click, CONNECTION)).toEqual({
      method: "POST",
      url: `https://client.avantlink.com/merchants/${MERCHANT}/tracking/click`,
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "User-Agent": "Clickferry/0.1.0",
      },
      body:
        `{"tracking_ids":{"user_id":["u_78901"],"visitor_id":["${VISITOR_ID}"],"avantlink_avad":"77_f3afbe121"},` +
        `"user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64)...","current_url":"${SEED_URL}"}`,
    });
  });

  test("every field of the seed is filled from the click", async () => {
    const click = {
      affiliate_url: SEED_URL,
      referrer_url: "https://blog.example/post?id=7",
      params: {
        avad: "77_f3afbe121",
        user_id: "u_78901",
        gclid: "Cj0KCQ",
        custom_tracking_code: "spring-26",
      },
    };
    expect(await body(click)).toEqual({
      tracking_ids: { user_id: ["u_78901"], visitor_id: [VISITOR_ID], avantlink_avad: "77_f3afbe121" },
      user_agent: CHROME,
      current_url: SEED_URL,
      referrer_url: "https://blog.example/post?id=7",
      google_click_id: "Cj0KCQ",
      custom_tracking_code: "spring-26",
      user_ip_address: "198.51.100.7",
    });
  });

  test("a click that came in AvantLink's own dialect has the caller's ids and none of ours", async () => {
    const ids = { user_ids: '["u_1","u_2"]', visitor_ids: '["v_1",""]' };
    expect((await body({ params: ids })).tracking_ids).toEqual({
      user_id: ["u_1", "u_2"],
      visitor_id: ["v_1", ""],
    });
    expect((await body({ params: { user_ids: "[]", visitor_ids: "[]" } })).tracking_ids).toEqual({
      visitor_id: [],
    });
  });

  test.for(["", "v_1", "{}", "null", '["v_1"', '["v_1",2]', '[["v_1"]]'])(
    "what is no list of ids does not take the place of ours: %j",
    async (visitor_ids) => {
      expect((await body({ params: { visitor_ids } })).tracking_ids).toEqual({ visitor_id: [VISITOR_ID] });
    },
  );

  test("another base_url is another host, the path is the seed's", async () => {
    const { url } = await avantlink.request(owedClick(), {
      ...CONNECTION,
      base_url: "https://s2s.network.example",
    });
    expect(url).toBe(`https://s2s.network.example/merchants/${MERCHANT}/tracking/click`);
  });

  test("an anonymous visitor has a visitor_id and no user_id", async () => {
    expect((await body({})).tracking_ids).toEqual({ visitor_id: [VISITOR_ID] });
  });

  test.for(["77_f3afbe121", "a+b/c==&d", "A%20b", "jane@mail.example", " x "])(
    "the avad goes exactly as it came: %j",
    async (avad) => {
      expect((await body({ params: { avad } })).tracking_ids.avantlink_avad).toBe(avad);
    },
  );

  test("the visitor's user agent is in the body, ours in the header", async () => {
    const { headers } = await avantlink.request(owedClick(), CONNECTION);
    expect(headers["User-Agent"]).toBe("Clickferry/0.1.0");
    expect((await body({})).user_agent).toBe(CHROME);
  });

  test("what the seed requires is there even where it is unknown", async () => {
    expect(await body({ user_agent: "", affiliate_url: "", ip: "" })).toEqual({
      tracking_ids: { visitor_id: [VISITOR_ID] },
      user_agent: "",
      current_url: "",
    });
  });
});

describe("what must not leave", () => {
  test("empty optional fields", async () => {
    const params = { avad: "", user_id: "", gclid: "", custom_tracking_code: "" };
    expect(await body({ params, ip: "", referrer_url: "" })).toEqual({
      tracking_ids: { visitor_id: [VISITOR_ID] },
      user_agent: CHROME,
      current_url: "https://shop.example/pricing?aff=PARTNER123",
    });
  });

  // sha256("jane.doe@mail.example")
  const JANE = "7039808c8768f9a02310b24ad3f064d7d27b9fddab2455c308dd070f9fb78a04";

  test.for([
    "jane.doe@mail.example",
    "Jane.Doe@Mail.Example",
    " jane.doe@mail.example ",
    "jane.doe%40mail.example",
    "mailto:jane.doe@mail.example",
    "Jane Doe <jane.doe@mail.example>",
  ])("a user id that is an e-mail address, except as its SHA-256: %j", async (user_id) => {
    expect((await body({ params: { user_id } })).tracking_ids.user_id).toEqual([JANE]);
  });

  test("a caller's id that is an e-mail address, except as its SHA-256", async () => {
    const ids = JSON.stringify(["Jane.Doe@mail.example", "v_2"]);
    expect((await body({ params: { user_ids: ids, visitor_ids: ids } })).tracking_ids).toEqual({
      user_id: [JANE, "v_2"],
      visitor_id: [JANE, "v_2"],
    });
  });

  test("a user id that is a phone number, except as its SHA-256", async () => {
    const one = await body({ params: { user_id: "+49 170 1234567" } });
    const other = await body({ params: { user_id: "+491701234567" } });
    expect(one.tracking_ids.user_id).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(one).toEqual(other);
  });

  test.for([
    "u_78901",
    "123456",
    "4917012345678",
    "jane",
    "@jane",
    "user@localhost",
    "6d1b3d5c-8d59-4c43-9d0e-7a3c1f0b2e44",
  ])("a user id that is neither stays as it is: %s", async (user_id) => {
    expect((await body({ params: { user_id } })).tracking_ids.user_id).toEqual([user_id]);
  });

  test("an e-mail address in any field", async () => {
    const jane = "jane.doe@mail.example";
    const { url, headers, body } = await avantlink.request(
      owedClick({
        affiliate_url: `https://jane.doe%40mail.example:pw@shop.example/${jane}?aff=X&q=${jane}#/p?u=${encodeURIComponent(jane)}`,
        referrer_url: `https://mail.example/inbox/${jane}?to=${encodeURIComponent(encodeURIComponent(jane))}`,
        user_agent: `Reader/1.0 (${jane})`,
        params: { user_id: jane, gclid: jane, custom_tracking_code: `for ${jane}` },
      }),
      CONNECTION,
    );
    expect(decodeURIComponent(decodeURIComponent(url + JSON.stringify(headers) + body))).not.toMatch(
      /jane|doe@/i,
    );
  });

  test("personal parameters of the page and of the page before it; its avad stays", async () => {
    const sent = await body({
      affiliate_url:
        "https://shop.example/p?email=jane%40mail.example&avad=77_f3afbe121&phone=5551234567&color=red",
      referrer_url: "https://blog.example/?first_name=Jane&post=7",
      params: { avad: "77_f3afbe121" },
    });
    expect(sent.current_url).toBe("https://shop.example/p?avad=77_f3afbe121&color=red");
    expect(sent.referrer_url).toBe("https://blog.example/?post=7");
  });

  test("settings and parameters that are no fields of the seed", async () => {
    const settings = { ...CONNECTION, api_key_secret: "AVANTLINK_KEY" };
    const click = owedClick({
      params: { sub1: "s", coupon_code: "c", fbclid: "f", _ef_transaction_id: "t" },
    });
    const request = await avantlink.request(click, settings);
    expect(Object.keys(JSON.parse(request.body!))).toEqual([
      "tracking_ids",
      "user_agent",
      "current_url",
      "user_ip_address",
    ]);
    expect(JSON.stringify(request)).not.toContain("AVANTLINK_KEY");
    expect(Object.keys(request.headers)).toEqual(["Content-Type", "Accept", "User-Agent"]);
  });
});

describe("the answer", () => {
  test("the seed's success is a delivery", () => {
    expect(avantlink.judge(answer(200, { success: true }))).toEqual({
      outcome: "delivered",
      words: "success",
    });
  });

  test("the seed's 400 is final, in the network's words", () => {
    expect(avantlink.judge(answer(400, SEED_ERROR))).toEqual({
      outcome: "rejected",
      words:
        "You must provide at least one tracking id in order to generate a episode_id. (client.model.merchants_tracking.tracking_ids.blank)",
    });
  });

  test("success: false with an error_key is the same no at another status", () => {
    expect(avantlink.judge(answer(200, { success: false, ...SEED_ERROR })).outcome).toBe("rejected");
  });

  test.for<[string, unknown]>([
    ["says success: false and no more", { success: false }],
    ["says success in another type", { success: "true" }],
    ["says nothing of success", {}],
    ["is empty", ""],
    ["is a page", "<html><head><title>Maintenance</title></head></html>"],
    ["is cut off", '{"success":tr'],
    ["is an array", "[true]"],
  ])("a 200 that %s is tried again", ([, body]) => {
    expect(avantlink.judge(answer(200, body)).outcome).toBe("retry");
  });

  test.for([408, 425, 429, 500, 502, 503, 504])("%i is tried again, whatever its body says", (status) => {
    expect(avantlink.judge(answer(status, SEED_ERROR)).outcome).toBe("retry");
    expect(avantlink.judge(answer(status, { success: true })).outcome).toBe("retry");
  });

  test.for([400, 401, 403, 404, 405, 409, 410, 413, 422])(
    "%i is final, also without an error_key",
    (status) => {
      expect(avantlink.judge(answer(status, ""))).toEqual({ outcome: "rejected", words: `HTTP ${status}` });
    },
  );

  test.for([301, 302, 307, 308])("a redirect (%i) is not followed and is final", (status) => {
    const headers = { Location: "/merchants/elsewhere" };
    expect(avantlink.judge(answer(status, "", { headers }))).toEqual({
      outcome: "rejected",
      words: `HTTP ${status}: a redirect within the same host`,
    });
  });

  test("Retry-After is honoured, as a date too", () => {
    const headers = { "Retry-After": "Thu, 30 Jul 2026 12:05:00 GMT" };
    expect(avantlink.judge(answer(503, "", { headers }))).toMatchObject({ retry_after_ms: 300_000 });
  });
});
