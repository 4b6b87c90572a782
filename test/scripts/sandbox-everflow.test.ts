/** The Everflow sandbox behaves as seeds 000, 001 and 002 say, over real sockets. */
import { describe, expect, onTestFinished, test } from "vitest";
import { type EverflowSandboxOptions, openEverflowSandbox } from "../../scripts/sandbox/everflow.ts";
import type { Sandbox } from "../../scripts/sandbox/sandbox.ts";
import { unixMs } from "../../scripts/sandbox/wall-time.ts";

const KEYS = { network: "network-key", affiliates: { "key-411": 411, "key-266": 266 } };
const CLICK_ID = "cust_663a1c80f2c84e0d9b7a5d1c3e2f4a6b_1715084416123";
const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

async function opened(options: Partial<EverflowSandboxOptions> = {}): Promise<Sandbox> {
  const sandbox = await openEverflowSandbox({ keys: KEYS, ...options });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

async function clk({ url }: Sandbox, query: string, headers = {}) {
  const response = await fetch(`${url}/clk?${query}`, { headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function api({ url }: Sandbox, path: string, key: string | undefined, body?: unknown) {
  const response = await fetch(url + path, {
    method: body === undefined ? "GET" : "POST",
    headers: key === undefined ? {} : { "X-Eflow-API-Key": key },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: what arrived is what the tests are about
  return { status: response.status, body: (await response.json()) as any };
}

describe("GET /clk (seed 000)", () => {
  test("answers the seed's five fields", async () => {
    const { status, body } = await clk(await opened(), `oid=2101&affid=411&sub5=${CLICK_ID}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      aid: 411,
      error_code: 0,
      oid: 2101,
      session_duration: 24,
      transaction_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test("gives every click a transaction_id of its own", async () => {
    const sandbox = await opened();
    const ids = new Set<unknown>();
    for (let i = 0; i < 20; i++) ids.add((await clk(sandbox, "oid=1&affid=2")).body.transaction_id);
    expect(ids.size).toBe(20);
  });

  test.for([
    ["affid=411", "oid"],
    ["oid=2101", "affid"],
    ["oid=&affid=411", "oid"],
    ["oid=x&affid=411", "oid"],
    ["oid=0&affid=411", "oid"],
    ["oid=-1&affid=411", "oid"],
    ["oid=1.5&affid=411", "oid"],
    ["oid=2101&affid=0x1", "affid"],
  ])("?%s is refused, naming %s", async ([query, field]) => {
    const sandbox = await opened();
    expect(await clk(sandbox, query!)).toEqual({
      status: 400,
      body: { error: `${field} is required and must be an integer` },
    });
    expect(sandbox.counts).toMatchObject({ requests: 1, clicks: 0 });
  });

  test("an affiliate that does not run the offer is refused", async () => {
    const sandbox = await opened({ runs: (offer, affiliate) => offer === 2101 && affiliate === 411 });
    expect((await clk(sandbox, "oid=2101&affid=411")).status).toBe(200);
    expect(await clk(sandbox, "oid=2101&affid=412")).toEqual({
      status: 400,
      body: { error: "Affiliate 412 does not run offer 2101" },
    });
  });

  test("told to, it answers 200 with an error_code and no transaction_id", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "error_code", code: 9, times: 1 });
    expect(await clk(sandbox, `oid=2101&affid=411&sub5=${CLICK_ID}`)).toEqual({
      status: 200,
      body: { aid: 411, error_code: 9, oid: 2101, session_duration: 24, transaction_id: "" },
    });
    expect(sandbox.received).toMatchObject([{ outcome: "200" }]);
    expect(sandbox.counts.clicks).toBe(0);
  });

  test("told to, it calls a click that it has already taken in a duplicate", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "duplicate" });
    const codes = [];
    for (const sub5 of [CLICK_ID, CLICK_ID, CLICK_ID.replace("66", "77")]) {
      codes.push((await clk(sandbox, `oid=2101&affid=411&sub5=${sub5}`)).body.error_code);
    }
    expect(codes).toEqual([0, 21, 0]);
    expect(sandbox.counts).toMatchObject({ clicks: 2, repeated: 0 });
  });

  test("what was sent is printed whole, and moves no cursor", async () => {
    const lines: string[] = [];
    const sandbox = await opened({ log: (line) => lines.push(line) });
    await clk(sandbox, "oid=2101&affid=411&sub1=a?b=c%1b[2J%0d%0ad");
    expect(lines).toEqual([
      expect.stringMatching(
        /^everflow {2}click oid=2101 affid=411 sub1=a\?b=c \[2J d → error_code 0 [0-9a-f]{32}$/,
      ),
    ]);
  });

  test("the click id is known in whichever parameter it comes", async () => {
    const sandbox = await opened();
    await clk(sandbox, `oid=2101&affid=411&adv1=${CLICK_ID}&sub5=theirs`);
    expect(sandbox.received).toMatchObject([{ click_id: CLICK_ID }]);
  });
});

describe("POST /v1/networks/tracking/offers/clicks (seed 001)", () => {
  const PATH = "/v1/networks/tracking/offers/clicks";
  const ASKED = { network_offer_id: 6, network_affiliate_id: 7 };

  test("generates a tracking URL that records a click", async () => {
    const sandbox = await opened();
    const { status, body } = await api(sandbox, PATH, "network-key", ASKED);
    expect(status).toBe(200);
    expect(body).toEqual({ url: `${sandbox.url}/clk?oid=6&affid=7` });
    expect(await (await fetch(body.url)).json()).toMatchObject({ oid: 6, aid: 7, error_code: 0 });
  });

  test("carries the optional parameters", async () => {
    const { body } = await api(await opened(), PATH, "network-key", {
      ...ASKED,
      source_id: "news",
      sub1: "a b",
      sub5: "e",
      creative_id: 14,
      network_offer_url_id: 5,
      network_tracking_domain_id: 1,
      network_traffic_source_id: 2,
    });
    expect(Object.fromEntries(new URL(body.url).searchParams)).toEqual({
      oid: "6",
      affid: "7",
      source_id: "news",
      sub1: "a b",
      sub5: "e",
      creative_id: "14",
      uid: "5",
    });
  });

  test("folds all parameters into one that it reads back", async () => {
    const sandbox = await opened();
    const asked = { ...ASKED, sub1: "hidden", is_encrypt_parameters: true };
    const { body } = await api(sandbox, PATH, "network-key", asked);
    expect([...new URL(body.url).searchParams.keys()]).toHaveLength(1);
    expect(body.url).not.toContain("hidden");
    expect(await (await fetch(body.url)).json()).toMatchObject({ oid: 6, aid: 7, error_code: 0 });
  });

  test.for<[body: object, field: string]>([
    [{ network_affiliate_id: 7 }, "network_offer_id"],
    [{ network_offer_id: 6 }, "network_affiliate_id"],
    [{ ...ASKED, network_offer_id: "6" }, "network_offer_id"],
    [{ ...ASKED, sub1: 1 }, "sub1"],
    [{ ...ASKED, creative_id: 1.5 }, "creative_id"],
    [[], "expected object"],
  ])("%j is refused, naming %s", async ([body, field]) => {
    const answer = await api(await opened(), PATH, "network-key", body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ error: expect.stringContaining(field) });
  });

  test("an affiliate that may not run the offer is refused", async () => {
    const sandbox = await opened({ runs: () => false });
    expect((await api(sandbox, PATH, "network-key", ASKED)).status).toBe(404);
  });

  test.for<[string | undefined, number, string]>([
    [undefined, 401, "No Authentication Method Found"],
    ["", 401, "No Authentication Method Found"],
    ["wrong", 401, "Invalid API key"],
    ["constructor", 401, "Invalid API key"],
    ["key-411", 403, "This needs a network's key"],
  ])("key %j: %i", async ([key, status, error]) => {
    expect(await api(await opened(), PATH, key, ASKED)).toEqual({ status, body: { error } });
  });
});

describe("the raw clicks (seed 002)", () => {
  const STREAM = "/v1/affiliates/reporting/clicks/stream";
  const today = new Date().toISOString().slice(0, 10);
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const DAY = { from: `${today} 00:00:00`, to: `${tomorrow} 00:00:00`, timezone_id: 67 };

  async function stream(sandbox: Sandbox, filters?: object[]): Promise<Record<string, unknown>[]> {
    const query = filters && { filters };
    const { status, body } = await api(sandbox, STREAM, "key-411", { ...DAY, query });
    expect([status, body.error]).toEqual([200, undefined]);
    return body.clicks;
  }

  test("a click is a row of the seed's fields, alone or in the list", async () => {
    const sandbox = await opened();
    const { body: answer } = await clk(
      sandbox,
      `oid=2101&affid=411&sub1=facebook&source_id=s&coupon_code=SUMMER&sub5=${CLICK_ID}`,
      { "User-Agent": CHROME, "X-Forwarded-For": "198.51.100.7", "Accept-Language": "fr-CA" },
    );
    const [row, ...others] = await stream(sandbox);
    expect(others).toEqual([]);
    expect(row).toEqual({
      transaction_id: answer.transaction_id,
      is_unique: 1,
      unix_timestamp: Math.floor(sandbox.received[0]!.at / 1_000),
      tracking_url: new URL(sandbox.url).host,
      source_id: "s",
      sub1: "facebook",
      sub2: "",
      sub3: "",
      sub4: "",
      sub5: CLICK_ID,
      revenue_type: "CPA",
      revenue: 0,
      referer: "",
      error_code: 0,
      user_ip: "198.51.100.7",
      error_message: "N/A",
      idfa: "",
      idfa_md5: "",
      idfa_sha1: "",
      google_ad_id: "",
      google_ad_id_md5: "",
      google_ad_id_sha1: "",
      android_id: "",
      android_id_md5: "",
      android_id_sha1: "",
      relationship: {
        offer: {
          network_offer_id: 2101,
          network_id: 1,
          name: "Sandbox offer 2101",
          offer_status: "active",
          network_tracking_domain_id: 1,
        },
        geolocation: {
          country_code: "",
          country_name: "",
          region_code: "",
          region_name: "",
          city_name: "",
          dma: 0,
          dma_name: "",
          timezone: "",
          carrier_name: "",
          carrier_code: 0,
          organization: "",
          isp_name: "",
          is_mobile: false,
          is_proxy: false,
          postal_code: "",
        },
        device_information: {
          is_mobile: false,
          platform_name: "",
          os_version: "",
          brand: "",
          model: "",
          is_tablet: false,
          browser_name: "",
          browser_version: "",
          device_type: "PC",
          language: "fr",
          http_accept_language: "fr-CA",
          is_robot: false,
          is_filter: false,
        },
        query_parameters: { __cc: "SUMMER" },
      },
      currency_id: "USD",
      coupon_code: "SUMMER",
    });
    const path = `/v1/affiliates/reporting/clicks/${answer.transaction_id}`;
    expect(await api(sandbox, path, "key-411")).toEqual({ status: 200, body: row });
  });

  test("an affiliate sees its own clicks only, newest first", async () => {
    const sandbox = await opened();
    for (const query of ["affid=411&sub1=1", "affid=266&sub1=2", "affid=411&sub1=3"]) {
      await clk(sandbox, `oid=1&${query}`);
    }
    expect((await stream(sandbox)).map(({ sub1 }) => sub1)).toEqual(["3", "1"]);
    const [foreign] = (await api(sandbox, STREAM, "key-266", DAY)).body.clicks;
    const path = `/v1/affiliates/reporting/clicks/${foreign.transaction_id}`;
    expect((await api(sandbox, path, "key-411")).status).toBe(404);
  });

  test("a visitor's second click on an offer is not unique", async () => {
    const sandbox = await opened();
    for (const ip of ["198.51.100.7", "198.51.100.7", "198.51.100.8"]) {
      await clk(sandbox, "oid=1&affid=411", { "X-Forwarded-For": ip });
    }
    expect((await stream(sandbox)).map(({ is_unique }) => is_unique)).toEqual([1, 0, 1]);
  });

  test("a click whose answer was lost is there", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "reset", taken: true, times: 1 });
    await expect(clk(sandbox, `oid=1&affid=411&sub5=${CLICK_ID}`)).rejects.toThrow();
    expect(await stream(sandbox)).toMatchObject([{ sub5: CLICK_ID }]);
  });

  test.for<[filters: [string, string][], found: string]>([
    [[], "abc"],
    [[["offer", "1"]], "ab"],
    [[["s1", "x"]], "ac"],
    [
      [
        ["s1", "x"],
        ["s1", "y"],
      ],
      "abc",
    ],
    [
      [
        ["offer", "1"],
        ["s1", "x"],
      ],
      "a",
    ],
    [
      [
        ["offer", "1"],
        ["offer", "2"],
        ["s1", "y"],
      ],
      "b",
    ],
    [[["source_id", "news"]], "c"],
    [[["coupon_code", "SUMMER"]], "b"],
    [[["creative", "14"]], "b"],
    [[["offer_url", "5"]], "c"],
    [[["country", "Canada"]], ""],
  ])("filters %j find %s", async ([filters, found]) => {
    const sandbox = await opened();
    await clk(sandbox, "affid=411&sub2=a&oid=1&sub1=x");
    await clk(sandbox, "affid=411&sub2=b&oid=1&sub1=y&coupon_code=SUMMER&creative_id=14");
    await clk(sandbox, "affid=411&sub2=c&oid=2&sub1=x&source_id=news&uid=5");
    const asked = filters.map(([resource_type, filter_id_value]) => ({ resource_type, filter_id_value }));
    expect((await stream(sandbox, asked)).map(({ sub2 }) => sub2).toSorted()).toEqual([...found]);
  });

  test("every resource type of the seed is known", async () => {
    const sandbox = await opened();
    const types =
      "offer creative country carrier device_platform device_type device_make browser language connection_type " +
      "campaign source_id offer_url device_model s1 s2 s3 s4 s5 coupon_code";
    for (const resource_type of types.split(" ")) {
      await stream(sandbox, [{ resource_type, filter_id_value: "1" }]);
    }
  });

  test("from and to are a clock's in the zone of timezone_id", async () => {
    const sandbox = await opened();
    await clk(sandbox, "oid=1&affid=411");
    const { at } = sandbox.received[0]!;
    const clock = (timeZone: string, ms: number) =>
      new Date(ms).toLocaleString("sv-SE", { timeZone }).replace("T", " ");
    const zones: [number, string][] = [
      [67, "UTC"],
      [90, "America/Los_Angeles"],
      [80, "America/New_York"],
    ];
    for (const [timezone_id, zone] of zones) {
      const around = { from: clock(zone, at - 60_000), to: clock(zone, at + 60_000), timezone_id };
      const before = { from: clock(zone, at - 120_000), to: clock(zone, at - 60_000), timezone_id };
      expect((await api(sandbox, STREAM, "key-411", around)).body.clicks).toHaveLength(1);
      expect((await api(sandbox, STREAM, "key-411", before)).body.clicks).toHaveLength(0);
    }
  });

  test.for<[text: string, zone: string, utc: string | undefined]>([
    ["2022-02-08 16:30:00", "America/Los_Angeles", "2022-02-09T00:30:00.000Z"],
    ["2022-07-08 16:30:00", "America/Los_Angeles", "2022-07-08T23:30:00.000Z"],
    ["2026-03-08 03:30:00", "America/New_York", "2026-03-08T07:30:00.000Z"],
    ["2026-03-08 00:30:00", "America/New_York", "2026-03-08T05:30:00.000Z"],
    ["2022-02-08 16:30:00", "UTC", "2022-02-08T16:30:00.000Z"],
    ["2022-02-30 16:30:00", "UTC", undefined],
    ["2022-02-08", "UTC", undefined],
  ])("%s in %s is %s", ([text, zone, utc]) => {
    const ms = unixMs(text, zone);
    expect(ms && new Date(ms).toISOString()).toBe(utc);
  });

  test.for<[change: object, error: string]>([
    [{ from: undefined }, "from"],
    [{ to: "tomorrow" }, "from and to must be YYYY-mm-DD HH:MM:SS"],
    [{ timezone_id: undefined }, "timezone_id"],
    [{ timezone_id: 999 }, "timezone_id must be one of 67, 80, 85, 87, 90"],
    [{ from: "2026-01-01 00:00:00", to: "2026-01-15 00:00:01" }, "14 days or less"],
    [{ from: "2026-01-02 00:00:00", to: "2026-01-01 00:00:00" }, "from must not be after to"],
    [
      { query: { filters: [{ resource_type: "sub1", filter_id_value: "x" }] } },
      "resource_type sub1 is unknown",
    ],
    [{ query: { filters: [{ resource_type: "offer" }] } }, "filter_id_value"],
  ])("%j is refused: %s", async ([change, error]) => {
    const { status, body } = await api(await opened(), STREAM, "key-411", { ...DAY, ...change });
    expect([status, body]).toEqual([400, { error: expect.stringContaining(error) }]);
  });

  test("14 days are allowed", async () => {
    const period = { from: "2026-01-01 00:00:00", to: "2026-01-15 00:00:00" };
    expect((await api(await opened(), STREAM, "key-411", { ...DAY, ...period })).status).toBe(200);
  });

  test.for<[string | undefined, number]>([
    [undefined, 401],
    ["wrong", 401],
    ["network-key", 403],
  ])("key %j: %i", async ([key, status]) => {
    const sandbox = await opened();
    expect((await api(sandbox, STREAM, key, DAY)).status).toBe(status);
    expect((await api(sandbox, `/v1/affiliates/reporting/clicks/${"a".repeat(32)}`, key)).status).toBe(
      status,
    );
  });

  test("a click that is not there: 404", async () => {
    const path = `/v1/affiliates/reporting/clicks/${"a".repeat(32)}`;
    expect((await api(await opened(), path, "key-411")).status).toBe(404);
  });
});
