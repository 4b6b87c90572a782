/** Conformance to seed 000 and CONTRACTS 4, outbound; docs/conformance/everflow-outbound.md lists the clauses. */
import { describe, expect, test } from "vitest";
import type { OwedClick } from "../../worker/click.ts";
import { type EverflowConnection, everflow } from "../../worker/networks/everflow.ts";
import { answer, CHROME, CLICK_ID, owedClick } from "./support/click.ts";

const CONNECTION: EverflowConnection = {
  tracking_domain: "https://www.acme-trk.example",
  offer_id: 2101,
  affiliate_id: 411,
};

/** The seed's own answer, as it stands. */
const SEED_ANSWER = {
  aid: 411,
  error_code: 0,
  oid: 2101,
  session_duration: 24,
  transaction_id: "73b30b226eb44dc884d56968282b8f39",
};

async function query(click: Partial<OwedClick>, connection: Partial<EverflowConnection> = {}) {
  const { url } = await everflow.request(owedClick(click), { ...CONNECTION, ...connection });
  return Object.fromEntries(new URL(url).searchParams);
}

describe("the request", () => {
  test("a click is a GET to the tracking domain's /clk with oid, affid and our click id", async () => {
    expect(await everflow.request(owedClick(), CONNECTION)).toEqual({
      method: "GET",
      url: `https://www.acme-trk.example/clk?oid=2101&affid=411&sub5=${CLICK_ID}`,
      headers: { "User-Agent": CHROME, "X-Forwarded-For": "198.51.100.7" },
    });
  });

  test("every optional parameter of the seed goes along", async () => {
    const link = { uid: 7, creative_id: 14 };
    const landing = {
      sub1: "campaign_abc",
      sub2: "two",
      sub3: "three",
      sub4: "four",
      source_id: "newsletter",
      coupon_code: "SUMMER",
      fbclid: "IwAR0abc",
      gclid: "Cj0KCQ",
      idfa: "6D92078A-8246-4BA4-AE5B-76104861E7DC",
      google_aid: "38400000-8cf0-11bd-b23e-10b96e40000d",
      android_id: "9774d56d682e549c",
    };
    expect(await query({ params: landing }, link)).toEqual({
      oid: "2101",
      affid: "411",
      ...landing,
      uid: "7",
      creative_id: "14",
      sub5: CLICK_ID,
    });
  });

  test("what only Everflow's own script sends goes along: ttclid, sccid, sub6 to sub10, adv1 to adv10", async () => {
    const landing = { ttclid: "E.C.P", sccid: "snap", sub6: "six", sub10: "ten", adv1: "a", adv10: "z" };
    expect(await query({ params: landing })).toMatchObject(landing);
  });

  test("the landing's parameters win over the link's", async () => {
    const sent = await query(
      { params: { sub1: "from the landing", coupon_code: "LANDING" } },
      { sub1: "from the link", sub2: "link only", coupon_code: "LINK" },
    );
    expect(sent).toMatchObject({ sub1: "from the landing", sub2: "link only", coupon_code: "LANDING" });
  });

  test.for([
    { click_id_param: undefined, name: "sub5" },
    { click_id_param: "sub1", name: "sub1" },
    { click_id_param: "adv3", name: "adv3" },
  ])("our click id wins over link and landing in $name", async ({ click_id_param, name }) => {
    const sent = await query({ params: { [name]: "landing" } }, { [name]: "link", click_id_param });
    expect(sent[name]).toBe(CLICK_ID);
    expect(Object.values(sent).filter((value) => value === CLICK_ID)).toHaveLength(1);
  });

  test("with the click id elsewhere, sub5 is the partner's own", async () => {
    expect(await query({ params: { sub5: "theirs" } }, { click_id_param: "sub2" })).toMatchObject({
      sub5: "theirs",
      sub2: CLICK_ID,
    });
  });

  test("values are encoded as the seed's Python and PHP examples encode them", async () => {
    const { url } = await everflow.request(
      owedClick({ params: { sub1: "50% off & more", sub2: "a+b=c/d?e#f", sub3: "Größe 🏔" } }),
      CONNECTION,
    );
    expect(url).toBe(
      "https://www.acme-trk.example/clk?oid=2101&affid=411&sub1=50%25+off+%26+more&sub2=a%2Bb%3Dc%2Fd%3Fe%23f" +
        `&sub3=Gr%C3%B6%C3%9Fe+%F0%9F%8F%94&sub5=${CLICK_ID}`,
    );
  });

  test("a lone surrogate, which no URL can hold, does not stop the click", async () => {
    expect((await query({ params: { sub1: "a\ud800b" } })).sub1).toBe("a\ufffdb");
  });
});

describe("the visitor's headers", () => {
  test("are left out where the program turned them off", async () => {
    const connection = { ...CONNECTION, forward_visitor_headers: false };
    expect((await everflow.request(owedClick(), connection)).headers).toEqual({});
  });

  test("are left out where they are unknown, instead of sent empty", async () => {
    const click = owedClick({ user_agent: "", ip: "" });
    expect((await everflow.request(click, CONNECTION)).headers).toEqual({});
  });

  test.for([
    ["Mozilla/5.0\r\nX-Injected: 1", "Mozilla/5.0??X-Injected: 1"],
    ["Навигатор/1.0 🏔", "?????????/1.0 ?"],
    ["  spaced  ", "spaced"],
  ])("%j, told by a page, becomes a header that fetch takes", async ([told, sent]) => {
    const { url, headers } = await everflow.request(owedClick({ user_agent: told! }), CONNECTION);
    expect(headers["User-Agent"]).toBe(sent);
    expect(() => new Request(url, { headers })).not.toThrow();
  });
});

describe("what must not leave", () => {
  test("avad, the user's id, Everflow's own transaction id and unknown parameters", async () => {
    const params = {
      avad: "77_f3afbe121",
      user_id: "u_78901",
      _ef_transaction_id: "73b30b226eb44dc884d56968282b8f39",
      custom_tracking_code: "x",
      oid: "1",
      affid: "1",
      anything: "else",
    };
    expect(await query({ params })).toEqual({ oid: "2101", affid: "411", sub5: CLICK_ID });
  });

  test("settings that are no parameters: the API key's name, the advertiser's id", async () => {
    const settings = { ...CONNECTION, advertiser_id: 8, api_key_secret: "EVERFLOW_API_KEY" };
    const request = await everflow.request(owedClick(), settings);
    expect(JSON.stringify(request)).not.toMatch(/EVERFLOW_API_KEY|api_key|advertiser/i);
    expect(Object.keys(request.headers)).toEqual(["User-Agent", "X-Forwarded-For"]);
  });

  test("empty optional parameters", async () => {
    const sent = await query({ params: { sub1: "", gclid: "" } }, { sub2: "", coupon_code: "" });
    expect(sent).toEqual({ oid: "2101", affid: "411", sub5: CLICK_ID });
  });

  test("an empty parameter of the landing leaves the link's", async () => {
    expect((await query({ params: { sub1: "" } }, { sub1: "link" })).sub1).toBe("link");
  });

  test("the landing's and the referrer's address", async () => {
    const click = owedClick({ referrer_url: "https://blog.example/post" });
    expect(JSON.stringify(await everflow.request(click, CONNECTION))).not.toMatch(
      /shop\.example|blog\.example/,
    );
  });

  test.for(["jane.doe@mail.example", "jane.doe%40mail.example", "Jane <jane.doe+news@mail.example>"])(
    "a parameter with an e-mail address in it: %s",
    async (value) => {
      const sent = await query(
        { params: { sub1: value, source_id: value, gclid: value }, user_agent: `Reader (${value})` },
        { sub2: value, sub1: "the link's" },
      );
      expect(sent).toEqual({ oid: "2101", affid: "411", sub1: "the link's", sub5: CLICK_ID });
    },
  );

  test("an e-mail address in the user agent", async () => {
    const click = owedClick({ user_agent: "Reader/1.0 (jane@mail.example)" });
    expect((await everflow.request(click, CONNECTION)).headers["User-Agent"]).toBe("Reader/1.0 (redacted)");
  });
});

describe("the answer", () => {
  test("the seed's own answer is a delivery, with its transaction_id", () => {
    expect(everflow.judge(answer(200, SEED_ANSWER))).toEqual({
      outcome: "delivered",
      words: "error_code 0",
      reference: "73b30b226eb44dc884d56968282b8f39",
    });
  });

  const CODES: [number, string][] = [
    [1, "expired"],
    [2, "offer cap"],
    [3, "offer group cap"],
    [4, "platform"],
    [5, "device type"],
    [6, "browser"],
    [7, "OS version"],
    [8, "browser language"],
    [9, "country"],
    [10, "region"],
    [11, "city"],
    [12, "DMA"],
    [13, "IP range"],
    [14, "blocked traffic"],
    [15, "blocked IP range"],
    [16, "ISP"],
    [17, "day parting"],
    [18, "connection type"],
    [19, "carrier"],
    [20, "no smart-link match"],
    [21, "duplicate click"],
    [23, "proxy"],
    [24, "traffic control"],
    [25, "traffic constraint"],
    [26, "affiliate tracking domain"],
    [27, "already converted"],
    [28, "traffic optimized"],
    [29, "forwarded by rule"],
    [30, "brand"],
    [101, "filter on sub1"],
    [102, "filter on sub2"],
    [103, "filter on sub3"],
    [104, "filter on sub4"],
  ];

  test.for(CODES)("error_code %i at status 200 is final: %s", ([error_code, reason]) => {
    expect(everflow.judge(answer(200, { ...SEED_ANSWER, error_code, transaction_id: "" }))).toEqual({
      outcome: "rejected",
      words: `error_code ${error_code}: ${reason}`,
    });
  });

  test.for([22, 31, 100, 105, 9999, -1])(
    "error_code %i, which nobody documents, is final too",
    (error_code) => {
      expect(everflow.judge(answer(200, { ...SEED_ANSWER, error_code }))).toEqual({
        outcome: "rejected",
        words: `error_code ${error_code}: a refusal that Everflow does not document`,
      });
    },
  );

  test("a duplicate on a retry means that the earlier attempt arrived", () => {
    const duplicate = { ...SEED_ANSWER, error_code: 21 };
    expect(everflow.judge(answer(200, duplicate, { attempt: 2 }))).toEqual({
      outcome: "delivered",
      words: "error_code 21: duplicate click",
      reference: "73b30b226eb44dc884d56968282b8f39",
    });
    expect(everflow.judge(answer(200, { error_code: 21 }, { attempt: 5 }))).toMatchObject({
      outcome: "delivered",
      reference: undefined,
    });
  });

  test("no other refusal becomes a delivery on a retry", () => {
    for (const [error_code] of CODES.filter(([code]) => code !== 21)) {
      const judged = everflow.judge(answer(200, { ...SEED_ANSWER, error_code }, { attempt: 2 }));
      expect(judged.outcome).toBe("rejected");
    }
  });

  test.for<[string, unknown]>([
    ["empty", ""],
    ["a page", "<!doctype html><title>Welcome to nginx!</title>"],
    ["cut off", '{"aid":411,"error_code":0,"oid":2101,"transaction_id":"73b30b22'],
    ["an array", "[]"],
    ["null", "null"],
    ["without an error_code", { transaction_id: SEED_ANSWER.transaction_id }],
    ["with an error_code that is no number", { ...SEED_ANSWER, error_code: "0" }],
    ["a success without a transaction_id", { ...SEED_ANSWER, transaction_id: undefined }],
    ["a success with an empty transaction_id", { ...SEED_ANSWER, transaction_id: "" }],
    ["a success with an odd transaction_id", { ...SEED_ANSWER, transaction_id: "x\u0000" }],
  ])("a 200 that is %s is no success and is tried again", ([, body]) => {
    expect(everflow.judge(answer(200, body)).outcome).toBe("retry");
  });

  test.for([408, 425, 429, 500, 502, 503, 504, 599])("%i is tried again", (status) => {
    expect(everflow.judge(answer(status, "")).outcome).toBe("retry");
  });

  test.for([400, 401, 403, 404, 405, 410, 414, 422, 451, 499])("%i is final", (status) => {
    expect(everflow.judge(answer(status, "")).outcome).toBe("rejected");
  });

  test("a success's body at another status is no success", () => {
    expect(everflow.judge(answer(500, SEED_ANSWER)).outcome).toBe("retry");
    expect(everflow.judge(answer(404, SEED_ANSWER)).outcome).toBe("rejected");
  });

  test.for([{ error: "Offer not found" }, { Error: "Offer not found" }])(
    "an error says itself in the network's words: %j",
    (body) => {
      expect(everflow.judge(answer(400, body))).toEqual({ outcome: "rejected", words: "Offer not found" });
    },
  );

  test.for([301, 302, 303, 307, 308])("a redirect (%i) is not followed and is final", (status) => {
    const headers = { Location: `https://parked.example/clk?oid=2101&sub5=${CLICK_ID}` };
    expect(everflow.judge(answer(status, "", { headers }))).toEqual({
      outcome: "rejected",
      words: `HTTP ${status}: a redirect to https://parked.example`,
    });
  });

  test("Retry-After is honoured where an answer is tried again, and nowhere else", () => {
    const headers = { "Retry-After": "120" };
    expect(everflow.judge(answer(429, "", { headers }))).toMatchObject({ retry_after_ms: 120_000 });
    expect(everflow.judge(answer(503, "", { headers }))).toMatchObject({ retry_after_ms: 120_000 });
    expect(everflow.judge(answer(404, "", { headers }))).not.toHaveProperty("retry_after_ms");
  });
});
