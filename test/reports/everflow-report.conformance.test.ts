/** Conformance to seed 002 and CONTRACTS 2; docs/conformance/everflow-report.md lists the clauses. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ClicksReport, Timezones } from "../../worker/reports/everflow/schema.ts";
import { postClick, recordAll } from "../support/program.ts";
import { call, programAndPartner } from "./support/call.ts";
import { eflow, forgetClicks, STREAM } from "./support/everflow.ts";
import { insertClick } from "./support/rows.ts";
import { EXAMPLE_1, EXAMPLE_2, EXAMPLE_3, EXAMPLE_CLICK } from "./support/seed-002.ts";

const T0 = Date.UTC(2026, 0, 10, 12);
const MINUTE = 60_000;

interface Ids {
  program_id: number;
  partner_id: number;
  link_id: number;
}

let key: string;
let foreignKey: string;
/** Offer 882 of partner 1, with no defaults of its own. */
let plain: Ids;
/** Offer 883 of partner 1, whose links says sub3, coupon_code, creative_id and uid. */
let rich: Ids;
/** Offer 900 of another partner. */
let foreign: Ids;

beforeAll(async () => {
  const { program_id, partner_id, api_key } = await programAndPartner();
  const other = await call("POST", "/partners", { name: "Another partner" });
  key = api_key;
  foreignKey = other.body.api_key;
  const link = async (code: string, partner: number, everflow: object | null): Promise<Ids> => {
    const given = {
      program_id,
      partner_id: partner,
      code,
      destination_url: "https://shop.example/",
      everflow,
    };
    const { body, status } = await call("POST", "/links", given);
    expect(status).toBe(201);
    return { program_id, partner_id: partner, link_id: body.id };
  };
  plain = await link("PLAIN", partner_id, { offer_id: 882, affiliate_id: 411 });
  rich = await link("RICH", partner_id, {
    offer_id: 883,
    affiliate_id: 411,
    sub3: "test",
    coupon_code: "LINKED",
    creative_id: 14,
    uid: 7,
  });
  foreign = await link("FOREIGN", other.body.id, { offer_id: 900, affiliate_id: 412 });
});

beforeEach(forgetClicks);

function stream(body: unknown, given: string | undefined = key) {
  return eflow("POST", STREAM, given, body);
}

const JANUARY = { from: "2026-01-10 00:00:00", to: "2026-01-10 23:59:59", timezone_id: 67 };

function filtered(...filters: [resource_type: string, filter_id_value: string][]) {
  return {
    ...JANUARY,
    query: {
      filters: filters.map(([resource_type, filter_id_value]) => ({ resource_type, filter_id_value })),
    },
  };
}

async function found(body: unknown): Promise<string[]> {
  const answer = await stream(body);
  expect(answer.body.error).toBeUndefined();
  expect(answer.status).toBe(200);
  return answer.body.clicks.map(({ transaction_id }: { transaction_id: string }) => transaction_id);
}

describe("the key", () => {
  test.each(["", "cfp_wrong", undefined])("a call with the key %j is refused with 401", async (given) => {
    const calls = [
      await eflow("POST", STREAM, given, JANUARY),
      await eflow("GET", `/v1/affiliates/reporting/clicks/${"0".repeat(32)}`, given),
    ];
    for (const { status, body } of calls) {
      expect(status).toBe(401);
      expect(body).toEqual({ error: expect.any(String) });
    }
  });

  test("a management key is of the wrong kind: 403", async () => {
    const { status, body } = await stream(JANUARY, env.ADMIN_TOKEN);
    expect(status).toBe(403);
    expect(body).toEqual({ error: expect.any(String) });
  });

  test("a partner sees its own clicks and no other's", async () => {
    const own = await insertClick({ at: T0, ...plain });
    const others = await insertClick({ at: T0, ...foreign });
    expect(await found(JANUARY)).toEqual([own]);
    const { body } = await stream(JANUARY, foreignKey);
    expect(body.clicks).toMatchObject([{ transaction_id: others }]);
    const byId = (id: string, given: string) => eflow("GET", `/v1/affiliates/reporting/clicks/${id}`, given);
    expect(await byId(others, key)).toMatchObject({ status: 404, body: { error: "Click not found" } });
    expect((await byId(others, foreignKey)).status).toBe(200);
  });

  test("another partner's offer in a filter finds nothing", async () => {
    await insertClick({ at: T0, ...foreign });
    expect(await found(filtered(["offer", "900"]))).toEqual([]);
  });
});

describe("the seed's example requests, as they stand", () => {
  /** 2022-02-08 16:40 and 2022-02-01 12:40 in Los Angeles, where it was winter. */
  const FEBRUARY_8 = Date.UTC(2022, 1, 9, 0, 40);
  const FEBRUARY_1 = Date.UTC(2022, 1, 1, 20, 40);

  test("example 1: clicks from the US or Canada with internal as sub1", async () => {
    const internal = { params: '{"sub1":"internal"}' };
    const us = await insertClick({ at: FEBRUARY_8, ...plain }, { country: "US", ...internal });
    const ca = await insertClick({ at: FEBRUARY_8 + 1000, ...plain }, { country: "CA", ...internal });
    await insertClick({ at: FEBRUARY_8, ...plain }, { country: "DE", ...internal });
    await insertClick({ at: FEBRUARY_8, ...plain }, { country: "US", params: '{"sub1":"external"}' });
    await insertClick({ at: FEBRUARY_8, ...plain }, { country: "US" });
    await insertClick({ at: FEBRUARY_8 + 6 * MINUTE, ...plain }, { country: "US", ...internal });
    expect(await found(EXAMPLE_1)).toEqual([ca, us]);
  });

  test("example 2: all clicks on two offers", async () => {
    const one = await insertClick({ at: FEBRUARY_1, ...plain });
    const two = await insertClick({ at: FEBRUARY_1 + 1000, ...rich });
    await insertClick({ at: FEBRUARY_1 - 11 * MINUTE, ...rich });
    expect(await found(EXAMPLE_2)).toEqual([two, one]);
  });

  test("example 3: clicks with test as sub3", async () => {
    const own = await insertClick({ at: FEBRUARY_1, ...plain }, { params: '{"sub3":"test"}' });
    await insertClick({ at: FEBRUARY_1, ...plain }, { params: '{"sub3":"tests"}' });
    await insertClick({ at: FEBRUARY_1, ...plain });
    expect(await found(EXAMPLE_3)).toEqual([own]);
  });
});

describe("the row", () => {
  test("has the seed's fields in the seed's order, each of the seed's type", async () => {
    await insertClick({ at: T0, ...plain }, { params: '{"coupon_code":"SUMMER"}' });
    const { body } = await stream(JANUARY);
    expect(shape(body.clicks[0])).toEqual(shape(EXAMPLE_CLICK));
    expect(() => ClicksReport.parse(body)).not.toThrow();
    expect(() => ClicksReport.parse({ clicks: [EXAMPLE_CLICK] })).not.toThrow();
  });

  test("tells of a visitor's click what the edge saw and the page told", async () => {
    const cf = {
      country: "US",
      region: "California",
      regionCode: "CA",
      city: "Burbank",
      postalCode: "91501",
      metroCode: "803",
      timezone: "America/Los_Angeles",
      asOrganization: "T-mobile Usa Inc.",
    };
    const headers = { "CF-Connecting-IP": "198.51.100.7", "User-Agent": IPHONE };
    const answer = await postClick(
      {
        affiliate_url: "https://shop.example/?aff=RICH&sub1=facebook&coupon_code=SUMMER",
        referrer_url: "https://blog.example/post?id=7&email=jane%40example.com",
        language: "fr-CA",
      },
      { headers, cf },
    );
    const { click_id } = await answer.json<{ click_id: string }>();
    await recordAll();
    const [, id, at] = click_id.split("_");
    const { body } = await eflow("GET", `/v1/affiliates/reporting/clicks/${id}`, key);
    expect(body).toEqual({
      ...EXAMPLE_CLICK,
      transaction_id: id,
      unix_timestamp: Math.floor(Number(at) / 1000),
      tracking_url: "t.shop.example/c/RICH",
      sub3: "test",
      referer: "https://blog.example/post?id=7",
      user_ip: "198.51.100.7",
      relationship: {
        offer: {
          network_offer_id: 883,
          network_id: 1,
          name: "The shop",
          offer_status: "active",
          network_tracking_domain_id: 1,
        },
        geolocation: {
          ...EXAMPLE_CLICK.relationship.geolocation,
          region_code: "CA",
          dma_name: "",
          carrier_name: "",
          postal_code: "91501",
        },
        device_information: {
          is_mobile: true,
          platform_name: "iOS",
          os_version: "17.5",
          brand: "Apple",
          model: "iPhone",
          is_tablet: false,
          browser_name: "Safari",
          browser_version: "17.5",
          device_type: "Mobile",
          language: "fr",
          http_accept_language: "",
          is_robot: false,
          is_filter: false,
        },
        query_parameters: { __cc: "SUMMER" },
      },
    });
    const listed = await stream({ ...JANUARY, from: wallOf(Number(at)), to: wallOf(Number(at)) });
    expect(listed.body.clicks).toEqual([body]);
  });

  test("of a click that nothing is known of has the seed's empty values", async () => {
    const id = await insertClick({ at: T0, ...plain });
    const { body } = await eflow("GET", `/v1/affiliates/reporting/clicks/${id}`, key);
    const { offer, ...rest } = body.relationship;
    expect(offer.network_offer_id).toBe(882);
    expect(values(rest)).toEqual(new Set(["", 0, false, null]));
    expect(body).toMatchObject({
      is_unique: 1,
      unix_timestamp: T0 / 1000,
      source_id: "",
      sub1: "",
      revenue_type: "CPA",
      revenue: 0,
      referer: "",
      error_code: 0,
      user_ip: "",
      error_message: "N/A",
      currency_id: "USD",
      coupon_code: "",
    });
  });

  test("has a coupon of the link's own without a query parameter, as the seed's second answer has", async () => {
    await insertClick({ at: T0, ...rich });
    const { body } = await stream(JANUARY);
    expect(body.clicks[0]).toMatchObject({ coupon_code: "LINKED", relationship: { query_parameters: null } });
  });

  test("has the landing's parameters, and the link's where the landing had none", async () => {
    await insertClick({ at: T0, ...rich }, { params: '{"sub1":"a","source_id":"newsletter"}' });
    await insertClick({ at: T0 + 1000, ...rich }, { params: '{"sub3":"landing"}' });
    const { body } = await stream(JANUARY);
    expect(body.clicks).toMatchObject([
      { sub1: "", sub3: "landing", source_id: "" },
      { sub1: "a", sub3: "test", source_id: "newsletter" },
    ]);
  });

  // Hashes: `printf 6D92078A-8246-4BA4-AE5B-76104861E7DC | md5sum`, and so on.
  test("has the hashes of the mobile ids that came along", async () => {
    const params = {
      idfa: "6D92078A-8246-4BA4-AE5B-76104861E7DC",
      google_aid: "38400000-8cf0-11bd-b23e-10b96e40000d",
      android_id: "9774d56d682e549c",
    };
    await insertClick({ at: T0, ...plain }, { params: JSON.stringify(params) });
    await insertClick({ at: T0 - 1000, ...plain }, { params: JSON.stringify({ idfa: params.idfa }) });
    const { body } = await stream(JANUARY);
    expect(body.clicks).toMatchObject([
      {
        idfa: params.idfa,
        idfa_md5: "f2d1311ca5c1ecb214c19a26e9ddbad0",
        idfa_sha1: "b4454fc62a7a0c64dbc1525b539f561064544125",
        google_ad_id: params.google_aid,
        google_ad_id_md5: "5756ae9022b2ea1e47d84fead75220c8",
        google_ad_id_sha1: "4dfaa92388699ac6539885aef1719293879985bf",
        android_id: params.android_id,
        android_id_md5: "cf95dc53f383f9a836fd749f3ef439cd",
        android_id_sha1: "41e29575c7361b2924f701502ca6d932b45b9e51",
      },
      { idfa: params.idfa, google_ad_id: "", google_ad_id_md5: "", android_id_sha1: "" },
    ]);
  });

  test("of a bot's click says so: error_code 14, blocked traffic", async () => {
    await insertClick({ at: T0, ...plain }, { is_bot: 1, is_unique: 0, device_type: "Bot" });
    const { body } = await stream(JANUARY);
    expect(body.clicks).toMatchObject([
      {
        is_unique: 0,
        error_code: 14,
        error_message: "blocked traffic",
        relationship: { device_information: { is_robot: true, device_type: "Bot" } },
      },
    ]);
  });

  test("shows an offer that is switched off as paused", async () => {
    await call("PATCH", `/links/${plain.link_id}`, { status: "inactive" });
    await insertClick({ at: T0, ...plain });
    const { body } = await stream(JANUARY);
    expect(body.clicks[0].relationship.offer.offer_status).toBe("paused");
    await call("PATCH", `/links/${plain.link_id}`, { status: "active" });
  });

  test.each([
    ["US", "United States"],
    ["DE", "Germany"],
    ["CI", "Côte d’Ivoire"],
    ["XX", ""],
    ["T1", ""],
    [null, ""],
  ])("names the country %s in English: %j", async (country, name) => {
    await insertClick({ at: T0, ...plain }, { country });
    const { body } = await stream(filtered(["country", name]));
    expect(body.clicks[0].relationship.geolocation).toMatchObject({
      country_code: country ?? "",
      country_name: name,
    });
  });

  test.each([
    ["PC", false, false],
    ["Mobile", true, false],
    ["Tablet", true, true],
    ["TV", false, false],
    ["", false, false],
  ])(
    "of a device of type %j says whether it is mobile and a tablet",
    async (device_type, is_mobile, is_tablet) => {
      await insertClick({ at: T0, ...plain }, { device_type });
      const { body } = await stream(JANUARY);
      expect(body.clicks[0].relationship.device_information).toMatchObject({
        device_type,
        is_mobile,
        is_tablet,
      });
    },
  );
});

describe("filters", () => {
  const CLICK = {
    country: "US",
    os: "Windows",
    device_type: "PC",
    device_brand: "Apple",
    device_model: "iPhone",
    browser: "Microsoft Edge",
    language: "en-US",
    params: JSON.stringify({
      sub1: "one",
      sub2: "two",
      sub3: "three",
      sub4: "four",
      sub5: "five",
      source_id: "newsletter",
      coupon_code: "SUMMER",
      creative_id: "21",
      uid: "8",
    }),
  };

  test.each([
    ["offer", "882", "883"],
    ["creative", "21", "14"],
    ["country", "United States", "Canada"],
    ["carrier", "", "T-Mobile USA"],
    ["device_platform", "Windows", "macOS"],
    ["device_type", "PC", "Mobile"],
    ["device_make", "Apple", "Samsung"],
    ["browser", "Microsoft Edge", "Edge"],
    ["language", "en", "fr"],
    ["connection_type", "", "wifi"],
    ["campaign", "", "3"],
    ["source_id", "newsletter", "news"],
    ["offer_url", "8", "7"],
    ["device_model", "iPhone", "iPad"],
    ["s1", "one", "One"],
    ["s2", "two", "on"],
    ["s3", "three", ""],
    ["s4", "four", "four "],
    ["s5", "five", "%"],
    ["coupon_code", "SUMMER", "LINKED"],
    ["sub1", "one", "two"],
    ["sub2", "two", "one"],
    ["sub3", "three", "_____"],
    ["sub4", "four", "five"],
    ["sub5", "five", "four"],
  ])("by %s let %j pass and %j not; excluded, the other way round", async (type, fitting, other) => {
    const id = await insertClick({ at: T0, ...plain }, CLICK);
    expect(await found(filtered([type, fitting]))).toEqual([id]);
    expect(await found(filtered([type, other]))).toEqual([]);
    const excluded = (value: string) => ({
      ...JANUARY,
      query: { exclusions: [{ resource_type: type, filter_id_value: value }] },
    });
    expect(await found(excluded(fitting))).toEqual([]);
    expect(await found(excluded(other))).toEqual([id]);
  });

  test.each([
    ["s3", "test"],
    ["coupon_code", "LINKED"],
    ["creative", "14"],
    ["offer_url", "7"],
  ])("by %s see the link's own value where the landing had none", async (type, value) => {
    const linked = await insertClick({ at: T0, ...rich });
    await insertClick({ at: T0, ...plain });
    const other = await insertClick({ at: T0 + 1000, ...rich }, CLICK);
    expect(await found(filtered([type, value]))).toEqual([linked]);
    expect(await found(filtered([type, value], ["offer", "883"]))).toEqual([linked]);
    const exclusions = [{ resource_type: type, filter_id_value: value }];
    const query = { filters: [{ resource_type: "offer", filter_id_value: "883" }], exclusions };
    expect(await found({ ...JANUARY, query })).toEqual([other]);
  });

  test("of one type are OR, of different types AND", async () => {
    const click = (country: string, browser: string) =>
      insertClick({ at: T0, ...plain }, { country, browser });
    const wanted = [await click("US", "Chrome"), await click("CA", "Safari")];
    await click("DE", "Chrome");
    await click("US", "Firefox");
    const ids = await found(
      filtered(
        ["country", "United States"],
        ["browser", "Chrome"],
        ["country", "Canada"],
        ["browser", "Safari"],
      ),
    );
    expect(ids.toSorted()).toEqual(wanted.toSorted());
  });

  test.each([
    ["country", "united states"],
    ["country", "US"],
    ["device_platform", "windows"],
    ["browser", "MICROSOFT EDGE"],
    ["device_type", "pc"],
    ["language", "EN-us"],
  ])("by %s take %j in any case, by code or in full", async (type, value) => {
    const id = await insertClick({ at: T0, ...plain }, CLICK);
    expect(await found(filtered([type, value]))).toEqual([id]);
  });

  test("find clicks without the field by an empty value", async () => {
    const bare = await insertClick({ at: T0, ...plain });
    await insertClick({ at: T0, ...plain }, CLICK);
    for (const type of ["country", "browser", "s1", "source_id", "coupon_code", "creative", "language"]) {
      expect(await found(filtered([type, ""]))).toEqual([bare]);
    }
  });

  test("take a number for an id", async () => {
    const id = await insertClick({ at: T0, ...plain });
    const query = { filters: [{ resource_type: "offer", filter_id_value: 882 }] };
    expect(await found({ ...JANUARY, query })).toEqual([id]);
  });

  test.each([
    ["a quote", "'"],
    ["a percent sign", "%"],
    ["a null character", "\u0000"],
    ["a lone surrogate", "\ud800"],
    ["10,000 characters", "x".repeat(10_000)],
    ["SQL", "one' OR '1'='1"],
  ])("with %s in the value find nothing else", async (_, value) => {
    await insertClick({ at: T0, ...plain });
    await insertClick({ at: T0, ...plain }, CLICK);
    for (const type of ["s1", "country", "offer", "browser", "language"]) {
      expect(await found(filtered([type, value]))).toEqual([]);
    }
  });

  test("with 10,000 characters find the click that has them", async () => {
    const value = "y".repeat(10_000);
    const id = await insertClick({ at: T0, ...plain }, { params: JSON.stringify({ sub2: value }) });
    expect(await found(filtered(["s2", value]))).toEqual([id]);
  });

  test("may be a thousand", async () => {
    const id = await insertClick({ at: T0, ...plain }, CLICK);
    const many = Array.from({ length: 999 }, (_, i): [string, string] => ["s1", `value ${i}`]);
    expect(await found(filtered(...many, ["s1", "one"]))).toEqual([id]);
    expect(await found(filtered(...many))).toEqual([]);
  });

  test("find the same with few and with many clicks of the partner among all", async () => {
    const id = await insertClick({ at: T0, ...rich }, CLICK);
    await insertClick({ at: T0, ...plain }, CLICK);
    await insertClick({ at: T0, ...foreign }, CLICK);
    for (const at of ["2026-01-09T23:59:59.999Z", "2026-01-11T00:00:00Z"]) {
      await insertClick({ at: Date.parse(at), ...rich }, CLICK);
    }
    for (const clicks of [1, 1_000_000]) {
      await env.DB.prepare("UPDATE referral_links SET clicks = IIF(id = ?, 1000, ?)")
        .bind(foreign.link_id, clicks)
        .run();
      const filters = filtered(["s1", "one"], ["offer", "883"], ["country", "United States"]);
      expect(await found(filters)).toEqual([id]);
      expect(await found(filtered(["s1", "two"]))).toEqual([]);
    }
  });
});

const KNOWN_ZONES =
  "timezone_id must be one of: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 67, 80, 85, 87, 90, 99";

describe("the period", () => {
  const clickAt = (iso: string) => insertClick({ at: Date.parse(iso), ...plain });
  const during = (from: string, to: string, timezone_id: number) => found({ from, to, timezone_id });

  test("is wall time in the zone of timezone_id", async () => {
    const id = await clickAt("2026-01-10T05:30:00Z");
    expect(await during("2026-01-10 00:30:00", "2026-01-10 00:30:00", 80)).toEqual([id]);
    expect(await during("2026-01-10 05:30:00", "2026-01-10 05:30:00", 80)).toEqual([]);
    expect(await during("2026-01-10 05:30:00", "2026-01-10 05:30:00", 67)).toEqual([id]);
    expect(await during("2026-01-10 14:30:00", "2026-01-10 14:30:00", 16)).toEqual([id]);
  });

  test.each([
    [11, "Australia/Adelaide", "2026-01-10T00:00:00Z", "2026-01-10 10:30:00"],
    [14, "Australia/Darwin", "2026-01-10T00:00:00Z", "2026-01-10 09:30:00"],
    [4, "Pacific/Chatham", "2026-01-10T00:00:00Z", "2026-01-10 13:45:00"],
    [9, "Australia/Lord_Howe", "2026-07-10T00:00:00Z", "2026-07-10 10:30:00"],
  ])("knows zones with half hours: %i, %s", async (timezone_id, _, iso, wall) => {
    const id = await clickAt(iso);
    expect(await during(wall, wall, timezone_id)).toEqual([id]);
  });

  test("holds the whole second of its end, so that 23:59:59 ends the day and equal bounds are a second", async () => {
    const last = await insertClick({ at: Date.parse("2026-01-10T23:59:59.999Z"), ...plain });
    const next = await clickAt("2026-01-11T00:00:00Z");
    expect(await found(JANUARY)).toEqual([last]);
    expect(await during("2026-01-11 00:00:00", "2026-01-11 00:00:00", 67)).toEqual([next]);
    expect(await during("2026-01-10 23:59:59", "2026-01-11 00:00:00", 67)).toEqual([next, last]);
  });

  // Los Angeles, 8 March 2026: 02:00 becomes 03:00 at 10:00 UTC.
  test("on the day that is an hour short has every click once, and none in the hour that was not", async () => {
    const before = await clickAt("2026-03-08T09:59:59Z");
    const after = await clickAt("2026-03-08T10:00:00Z");
    expect(await during("2026-03-08 00:00:00", "2026-03-08 23:59:59", 90)).toEqual([after, before]);
    expect(await during("2026-03-08 00:00:00", "2026-03-08 01:59:59", 90)).toEqual([before]);
    expect(await during("2026-03-08 00:00:00", "2026-03-08 02:30:00", 90)).toEqual([before]);
    expect(await during("2026-03-08 02:10:00", "2026-03-08 02:50:00", 90)).toEqual([]);
    expect(await during("2026-03-08 02:30:00", "2026-03-08 03:00:00", 90)).toEqual([after]);
  });

  // New York, 1 November 2026: 01:00 to 02:00 twice, from 05:00 and from 06:00 UTC.
  test("on the day that has an hour twice has the clicks of both", async () => {
    const first = await clickAt("2026-11-01T05:30:00Z");
    const second = await clickAt("2026-11-01T06:30:00Z");
    expect(await during("2026-11-01 01:30:00", "2026-11-01 01:30:00", 80)).toEqual([second, first]);
    expect(await during("2026-11-01 00:00:00", "2026-11-01 23:59:59", 80)).toEqual([second, first]);
    expect(await during("2026-11-01 02:00:00", "2026-11-01 03:00:00", 80)).toEqual([]);
  });

  test("may be fourteen days long, also when one of them has 25 hours", async () => {
    const id = await clickAt("2026-11-01T06:30:00Z");
    expect(await during("2026-10-25 00:00:00", "2026-11-08 00:00:00", 80)).toEqual([id]);
  });

  test.each([
    ["longer than 14 days", { to: "2026-01-24 00:00:01" }, "from must not be more than 14 days before to"],
    [
      "from after to",
      { from: "2026-01-10 23:59:59", to: "2026-01-10 00:00:00" },
      "from must not be after to",
    ],
    ["no from", { from: undefined }, "from is required"],
    ["no to", { to: undefined }, "to is required"],
    ["no timezone_id", { timezone_id: undefined }, "timezone_id is required"],
    ["an unknown timezone_id", { timezone_id: 91 }, KNOWN_ZONES],
    ["a timezone_id beyond all numbers of ids", { timezone_id: 1e20 }, KNOWN_ZONES],
    ["a timezone_id that is half one", { timezone_id: 67.5 }, KNOWN_ZONES],
    ["a timezone_id that is text", { timezone_id: "67" }, KNOWN_ZONES],
    ["a date alone", { from: "2026-01-10" }, "from must be YYYY-mm-DD HH:MM:SS"],
    ["31 February", { from: "2026-02-31 00:00:00" }, "from must be YYYY-mm-DD HH:MM:SS"],
    ["hour 24", { to: "2026-01-10 24:00:00" }, "to must be YYYY-mm-DD HH:MM:SS"],
    ["another time's form", { from: "2026-01-10T00:00:00" }, "from must be YYYY-mm-DD HH:MM:SS"],
    ["10,000 characters", { from: "2".repeat(10_000) }, "from must be YYYY-mm-DD HH:MM:SS"],
    ["a number for a time", { from: 1 }, "from must be a string"],
  ])("is refused with 400 in words: %s", async (_, given, error) => {
    expect(await stream({ ...JANUARY, ...given })).toMatchObject({ status: 400, body: { error } });
  });
});

describe("the request", () => {
  test.each([
    ["no JSON", "{", "body must be an object"],
    ["empty", "", "body must be an object"],
    ["an array", "[]", "body must be an object"],
    [
      "an unknown filter type",
      filtered(["city", "Burbank"]),
      "query.filters.0.resource_type must be one of: offer, creative",
    ],
    [
      "a filter without a value",
      { ...JANUARY, query: { filters: [{ resource_type: "offer" }] } },
      "query.filters.0.filter_id_value is required",
    ],
    [
      "a filter with a list",
      { ...JANUARY, query: { filters: [{ resource_type: "offer", filter_id_value: ["1"] }] } },
      "query.filters.0.filter_id_value must be a string",
    ],
    ["filters that are no list", { ...JANUARY, query: { filters: {} } }, "query.filters must be an array"],
    [
      "an unknown way to narrow",
      { ...JANUARY, query: { search_terms: [] } },
      "query.search_terms is not a field of this request",
    ],
  ])("is refused with 400 in words: %s (body)", async (_, body, error) => {
    const answer = await stream(body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(error);
    expect(Object.keys(answer.body)).toEqual(["error"]);
  });

  test("is refused with 413 when it is larger than 64 KiB", async () => {
    expect((await stream(filtered(["s1", "x".repeat(70_000)]))).status).toBe(413);
  });

  test("may leave the query out, or empty", async () => {
    const id = await insertClick({ at: T0, ...plain });
    for (const query of [undefined, null, {}, { filters: [] }, { filters: null, exclusions: [] }]) {
      expect(await found({ ...JANUARY, query })).toEqual([id]);
    }
  });

  test.each(["GET", "PUT", "DELETE"])("by %s to the stream is refused with 405", async (method) => {
    const { status, headers } = await eflow(method, STREAM, key);
    expect(status).toBe(405);
    expect(headers.get("Allow")).toBe("POST");
  });
});

describe("the answer", () => {
  test("has 5,000 rows at most: the newest, newest first", async () => {
    await env.DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 5005)
       INSERT INTO affiliate_click_events (id, customer_id, at, dialect, program_id, partner_id, link_id, is_unique, is_bot, gpc)
       SELECT printf('%08x%024x', ?1 + i / 3, 9999 - i), 'c', (?1 + i / 3) * 1000 + i % 3, 'affitor', ?2, ?3, ?4, 1, 0, 0 FROM n`,
    )
      .bind(T0 / 1000, plain.program_id, plain.partner_id, plain.link_id)
      .run();
    for (const clicks of [0, 1_000_000]) {
      await env.DB.prepare("UPDATE referral_links SET clicks = IIF(partner_id = ?, 1000, ?)")
        .bind(plain.partner_id, clicks)
        .run();
      const ids = await found(JANUARY);
      expect(ids).toHaveLength(5_000);
      expect(ids[0]).toMatch(new RegExp(`^${(T0 / 1000 + 1668).toString(16)}`));
      expect(ids.at(-1)).toMatch(new RegExp(`^${(T0 / 1000 + 2).toString(16)}`));
      expect(ids.map((id) => id.slice(0, 8))).toEqual(
        ids
          .map((id) => id.slice(0, 8))
          .toSorted()
          .toReversed(),
      );
    }
  });

  test("without a click is an empty list", async () => {
    expect((await stream(JANUARY)).body).toEqual({ clicks: [] });
  });

  test("says in X-Rows-Read what the report cost, and is not to be cached", async () => {
    const id = await insertClick({ at: T0, ...plain });
    for (const answer of [
      await stream(JANUARY),
      await eflow("GET", `/v1/affiliates/reporting/clicks/${id}`, key),
    ]) {
      expect(Number(answer.headers.get("X-Rows-Read"))).toBeGreaterThan(0);
      expect(Number(answer.headers.get("X-Rows-Read"))).toBeLessThan(20);
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
    }
  });
});

describe("a click by its id", () => {
  // Each link of the collector was read, for one click too.
  test("costs the same, however many links there are", async () => {
    const id = await insertClick({ at: T0, ...rich });
    const path = `/v1/affiliates/reporting/clicks/${id}`;
    const cost = async () => {
      const { status, body, headers } = await eflow("GET", path, key);
      expect([status, body.coupon_code]).toEqual([200, "LINKED"]);
      return Number(headers.get("X-Rows-Read"));
    };
    const before = await cost();
    await env.DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
       INSERT INTO referral_links (code, program_id, partner_id, destination_url, created_at, updated_at)
       SELECT 'MANY' || i, ?, ?, 'https://shop.example/', 0, 0 FROM n`,
    )
      .bind(rich.program_id, rich.partner_id)
      .run();
    const after = await cost();
    await env.DB.prepare("DELETE FROM referral_links WHERE code LIKE 'MANY%'").run();
    expect(after).toBe(before);
  });

  test("is the same row as in the stream, its id in either case", async () => {
    const id = await insertClick({ at: T0, ...rich }, { country: "US" });
    const listed = await stream(JANUARY);
    for (const given of [id, id.toUpperCase()]) {
      const { status, body } = await eflow("GET", `/v1/affiliates/reporting/clicks/${given}`, key);
      expect(status).toBe(200);
      expect(body).toEqual(listed.body.clicks[0]);
    }
  });

  test.each([
    ["0123456789abcdef0123456789abcdef", 404],
    ["0123456789abcdef", 400],
    ["x", 400],
    [`${"a".repeat(32)}'`, 400],
    ["%00", 400],
  ])("that is not there is refused in words: %s", async (id, status) => {
    const answer = await eflow("GET", `/v1/affiliates/reporting/clicks/${id}`, key);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error: expect.any(String) });
  });
});

describe("the time zones", () => {
  test("are listed with the ids that the report takes", async () => {
    const { status, body } = await eflow("GET", "/v1/meta/timezones", undefined);
    expect(status).toBe(200);
    expect(() => Timezones.parse(body)).not.toThrow();
    expect(body.timezones).toHaveLength(22);
    expect(body.timezones.find(({ timezone_id }: { timezone_id: number }) => timezone_id === 67)).toEqual({
      timezone_id: 67,
      timezone_name: "Coordinated Universal Time (UTC)",
      timezone: "UTC",
      utc_offset: "+00:00",
    });
    for (const { timezone_id, utc_offset } of body.timezones) {
      expect(utc_offset).toMatch(/^[+-]\d\d:\d\d$/);
      expect((await stream({ ...JANUARY, timezone_id })).status).toBe(200);
    }
  });
});

const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";

/** The type of every leaf by its path, in order. */
function shape(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [`${path}: ${typeof value}`];
  return Object.entries(value).flatMap(([name, inner]) => shape(inner, `${path}.${name}`));
}

function values(value: unknown): Set<unknown> {
  if (typeof value !== "object" || value === null) return new Set([value]);
  return new Set(Object.values(value).flatMap((inner) => [...values(inner)]));
}

function wallOf(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}
