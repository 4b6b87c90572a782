import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { Breakdown, Stats } from "../../worker/reports/schemas/stats.ts";
import { call, callWith, programAndPartner } from "./support/call.ts";
import { metered } from "./support/metered.ts";
import { insert, insertClick, insertDay, insertHour } from "./support/rows.ts";

const HOUR = 3_600_000;
const DAY = 86_400_000;
const at = (iso: string) => Date.parse(iso);

let program: number;
let partner: number;
let link: number;
let other: number;

beforeAll(async () => {
  ({ program_id: program, partner_id: partner } = await programAndPartner());
  const make = async (ids: { program_id: number; partner_id: number }, code: string) =>
    (await call("POST", "/links", { ...ids, code, destination_url: "https://shop.example/" })).body.id;
  link = await make({ program_id: program, partner_id: partner }, "A");
  const elsewhere = await programAndPartner();
  other = await make({ program_id: elsewhere.program_id, partner_id: elsewhere.partner_id }, "B");
});

interface Bucket {
  t: number;
  clicks: number;
}

async function series(parameters: string): Promise<[string, number][]> {
  const { status, body } = await call("GET", `/stats?${parameters}`);
  expect(status).toBe(200);
  expect(() => Stats.parse(body)).not.toThrow();
  return body.data.map(({ t, clicks }: Bucket) => [new Date(t).toISOString().slice(0, 16), clicks]);
}

test("clicks by day are there for every day, also those without a click", async () => {
  await insertHour(link, at("2026-01-10T00:00Z"), [3, 2, 1]);
  await insertHour(link, at("2026-01-10T23:00Z"), [4, 1, 0]);
  await insertHour(link, at("2026-01-12T05:00Z"), [1, 1, 5]);
  await insertHour(other, at("2026-01-12T05:00Z"), [10, 9, 0]);
  const { status, body } = await call("GET", `/stats?program_id=${program}&from=2026-01-10&to=2026-01-13`);
  expect(status).toBe(200);
  expect(body).toEqual({
    interval: "day",
    timezone: "UTC",
    from: at("2026-01-10T00:00Z"),
    to: at("2026-01-13T00:00Z"),
    totals: { clicks: 8, unique_clicks: 4, bot_clicks: 6 },
    data: [
      { t: at("2026-01-10T00:00Z"), clicks: 7, unique_clicks: 3, bot_clicks: 1 },
      { t: at("2026-01-11T00:00Z"), clicks: 0, unique_clicks: 0, bot_clicks: 0 },
      { t: at("2026-01-12T00:00Z"), clicks: 1, unique_clicks: 1, bot_clicks: 5 },
    ],
  });
});

test("the series is of one link, one program, one partner, or of everything", async () => {
  const day = "from=2026-01-12&to=2026-01-13";
  expect(await series(day)).toEqual([["2026-01-12T00:00", 11]]);
  expect(await series(`${day}&link_id=${other}`)).toEqual([["2026-01-12T00:00", 10]]);
  expect(await series(`${day}&link_id=${link}`)).toEqual([["2026-01-12T00:00", 1]]);
  expect(await series(`${day}&partner_id=${partner}`)).toEqual([["2026-01-12T00:00", 1]]);
  expect(await series(`${day}&program_id=${program}&link_id=${other}`)).toEqual([["2026-01-12T00:00", 0]]);
});

test("clicks by hour are there for every hour", async () => {
  expect(await series(`link_id=${link}&interval=hour&from=2026-01-10T22:00&to=2026-01-11T01:00`)).toEqual([
    ["2026-01-10T22:00", 0],
    ["2026-01-10T23:00", 4],
    ["2026-01-11T00:00", 0],
  ]);
});

test("a day begins at midnight of the zone, also when the clocks change", async () => {
  // Around 8 March 2026 in New York: 23 hours, from 05:00 to 04:00 UTC.
  await insertHour(link, at("2026-03-08T04:00Z"), [1, 1, 0]);
  await insertHour(link, at("2026-03-08T05:00Z"), [10, 1, 0]);
  await insertHour(link, at("2026-03-09T03:00Z"), [100, 1, 0]);
  await insertHour(link, at("2026-03-09T04:00Z"), [1000, 1, 0]);
  const spring = `link_id=${link}&timezone=America/New_York&from=2026-03-07&to=2026-03-10`;
  expect(await series(spring)).toEqual([
    ["2026-03-07T05:00", 1],
    ["2026-03-08T05:00", 110],
    ["2026-03-09T04:00", 1000],
  ]);
  // 1 November 2026: 25 hours, from 04:00 to 05:00 UTC.
  await insertHour(link, at("2026-11-01T04:00Z"), [1, 1, 0]);
  await insertHour(link, at("2026-11-02T04:00Z"), [10, 1, 0]);
  await insertHour(link, at("2026-11-02T05:00Z"), [100, 1, 0]);
  const autumn = `link_id=${link}&timezone=America/New_York&from=2026-11-01&to=2026-11-03`;
  expect(await series(autumn)).toEqual([
    ["2026-11-01T04:00", 11],
    ["2026-11-02T05:00", 100],
  ]);
});

test("in a zone that is half an hour off, an hour belongs to the day it begins in", async () => {
  // Midnight in Kolkata is 18:30 UTC: the hour from 18:00 begins on the day before.
  await insertHour(link, at("2026-05-31T18:00Z"), [1, 1, 0]);
  await insertHour(link, at("2026-05-31T19:00Z"), [10, 1, 0]);
  expect(await series(`link_id=${link}&timezone=Asia/Kolkata&from=2026-05-31&to=2026-06-02`)).toEqual([
    ["2026-05-30T18:30", 1],
    ["2026-05-31T18:30", 10],
  ]);
});

// The chart began with an hour of the day before, at zero whatever had happened in it.
test("in a zone that is half an hour off, the hours of a day are those that begin in it", async () => {
  const day = `link_id=${link}&interval=hour&timezone=Asia/Kolkata&from=2026-06-01&to=2026-06-02`;
  const hours = await series(day);
  expect(hours[0]).toEqual(["2026-05-31T19:00", 10]);
  expect(hours.at(-1)).toEqual(["2026-06-01T18:00", 0]);
  expect(hours).toHaveLength(24);
});

test("periods that meet count every hour once", async () => {
  const clicks = async (from: string, to: string) =>
    (await call("GET", `/stats?link_id=${link}&from=${from}&to=${to}`)).body.totals.clicks;
  const edge = "2026-01-10T00:10Z";
  expect(await clicks("2026-01-09", edge)).toBe(3);
  expect(await clicks(edge, "2026-01-11")).toBe(4);
});

test("without a period it is the last thirty days, or two days of hours, up to now", async () => {
  const days = await call("GET", `/stats?link_id=${other}`);
  expect(days.body.to - days.body.from).toBe(30 * DAY);
  expect(Math.abs(Date.now() - days.body.to)).toBeLessThan(60_000);
  const hours = await call("GET", `/stats?link_id=${other}&interval=hour`);
  expect(hours.body.to - hours.body.from).toBe(48 * HOUR);
  expect([48, 49]).toContain(hours.body.data.length);
  expect(await series("from=2026-01-10&to=2026-01-10")).toEqual([]);
});

test.each([
  ["interval=week", "interval", "interval must be one of: hour, day"],
  ["timezone=Berlin", "timezone", "timezone must be an IANA time zone, such as America/New_York"],
  ["from=2026-01-02&to=2026-01-01", "from", "from must not be after to"],
  ["from=2026-01-01T00:00-05:00&to=2026-01-01T04:00Z", "from", "from must not be after to"],
  ["from=0&to=2026-01-01&interval=hour", "from", "from must not be more than 10000 hours before to"],
  ["from=soon", "from", "from must be unix milliseconds or ISO 8601, such as 2026-11-21T00:00:00Z"],
  ["link_id=a", "link_id", "link_id must be a whole number"],
  ["tz=UTC", "tz", "tz is not a field of this request"],
])("a series asked for with %s is refused, naming %s", async (parameters, field, error) => {
  const { status, body } = await call("GET", `/stats?${parameters}`);
  expect(body).toEqual({ error, field });
  expect(status).toBe(400);
});

test("clicks are broken down by a dimension, the largest first", async () => {
  await insertDay(link, "2026-01-10", "country", { DE: 3, US: 5, "": 1 });
  await insertDay(link, "2026-01-11", "country", { DE: 4 });
  await insertDay(link, "2026-01-12", "country", { DE: 100 });
  await insertDay(link, "2026-01-10", "device", { PC: 9 });
  await insertDay(other, "2026-01-10", "country", { FR: 50 });
  const { status, body } = await call(
    "GET",
    `/breakdown?by=country&program_id=${program}&from=2026-01-10&to=2026-01-12`,
  );
  expect(status).toBe(200);
  expect(() => Breakdown.parse(body)).not.toThrow();
  expect(body).toEqual({
    by: "country",
    from: at("2026-01-10T00:00Z"),
    to: at("2026-01-12T00:00Z"),
    totals: { values: 3, clicks: 13, unique_clicks: 4 },
    data: [
      { value: "DE", clicks: 7, unique_clicks: 2 },
      { value: "US", clicks: 5, unique_clicks: 1 },
      { value: "", clicks: 1, unique_clicks: 1 },
    ],
  });
  const everything = await call("GET", "/breakdown?by=country");
  expect(everything.body).toMatchObject({ from: null, to: null, totals: { values: 4, clicks: 163 } });
  const largest = await call("GET", "/breakdown?by=country&limit=1");
  expect(largest.body.data).toEqual([{ value: "DE", clicks: 107, unique_clicks: 3 }]);
  expect(largest.body.totals).toEqual({ values: 4, clicks: 163, unique_clicks: 6 });
});

test("clicks are broken down by landing page", async () => {
  await insertDay(link, "2026-02-01", "landing_page", { "shop.example/pricing": 2, "shop.example/": 1 });
  const { body } = await call("GET", `/breakdown?by=landing_page&program_id=${program}`);
  expect(() => Breakdown.parse(body)).not.toThrow();
  expect(body.data.map(({ value }: { value: string }) => value)).toEqual([
    "shop.example/pricing",
    "shop.example/",
  ]);
});

test("of a program, and of everything, as much is read as there are sums, however many links", async () => {
  const at = Date.UTC(2025, 0, 1);
  for (let i = 0; i < 300; i++) {
    const id = 1_000_000 + i;
    const times = { created_at: 0, updated_at: 0 };
    await insert("referral_links", {
      ...times,
      id,
      code: `many${i}`,
      program_id: program,
      partner_id: partner,
      destination_url: "",
    });
    await insertHour(id, at, [1, 1, 0]);
    await insertDay(id, "2025-01-01", "country", { DE: 1 });
  }
  const period = `from=${at}&to=${at + DAY}`;
  for (const path of ["/stats?", "/breakdown?by=country&"]) {
    for (const scope of ["", `&program_id=${program}`]) {
      const { db, read } = metered(env.DB);
      const { body } = await callWith({ DB: db }, "GET", `${path}${period}${scope}`);
      expect(body.totals.clicks).toBe(300);
      expect(read()).toBeLessThan(20);
    }
  }
  const partners = await call("GET", `/stats?${period}&partner_id=${partner}`);
  expect(partners.body.totals.clicks).toBe(300);
});

/** Human clicks and their hours, as recording leaves them; their days would have more. */
async function insertClicks(...clicks: (Record<string, unknown> & { at: number })[]): Promise<void> {
  for (const { at, ...more } of clicks) {
    const { is_bot = 0, is_unique = 1 } = more as { is_bot?: number; is_unique?: number };
    await insertClick({ at, link_id: link, program_id: program, partner_id: partner }, more);
    await insertHour(link, at, is_bot ? [0, 0, 1] : [1, is_unique, 0]);
  }
}

const BERLIN = `from=${at("2026-07-01T00:00+02:00")}&to=${at("2026-07-02T00:00+02:00")}`;

// A link's page said 3 clicks in its tile and 10 in all six of its cards: those of two whole days of UTC.
test("a breakdown of a day of another zone counts the clicks of that day, and says so", async () => {
  const edge = { country: "FR", browser: "Opera", page_url: "https://shop.example/old" };
  await insertClicks(
    { at: at("2026-06-30T21:59:59.999Z"), ...edge },
    {
      at: at("2026-06-30T22:00Z"),
      country: "DE",
      device_type: "PC",
      browser: "Chrome",
      os: "Windows",
      referrer_host: "blog.example",
      page_url: "https://shop.example/pricing?aff=A#top",
    },
    {
      at: at("2026-07-01T12:00Z"),
      country: "DE",
      page_url: "https://shop.example/pricing#top?",
      is_unique: 0,
    },
    { at: at("2026-07-01T12:30Z"), country: "US", browser: "made up", os: "made up", device_type: "Mobile" },
    { at: at("2026-07-01T13:00Z"), country: "US", is_bot: 1 },
    { at: at("2026-07-01T22:00Z"), ...edge },
  );
  await insertDay(link, "2026-06-30", "country", { FR: 1, DE: 1 });
  await insertDay(link, "2026-07-01", "country", { FR: 1, DE: 1, US: 1 });
  const scopes = [
    `link_id=${link}`,
    `partner_id=${partner}`,
    `program_id=${program}`,
    "",
    `link_id=${link}&program_id=${program}`,
  ];
  for (const scope of scopes) {
    const { status, body } = await call("GET", `/breakdown?by=country&${BERLIN}&${scope}`);
    expect(status).toBe(200);
    expect(Breakdown.parse(body)).toEqual({
      by: "country",
      from: at("2026-06-30T22:00Z"),
      to: at("2026-07-01T22:00Z"),
      totals: { values: 2, clicks: 3, unique_clicks: 2 },
      data: [
        { value: "DE", clicks: 2, unique_clicks: 1 },
        { value: "US", clicks: 1, unique_clicks: 1 },
      ],
    });
  }
  const parts = async (by: string) => {
    const { body } = await call("GET", `/breakdown?by=${by}&${BERLIN}&link_id=${link}`);
    return body.data.map(({ value, clicks }: { value: string; clicks: number }) => [value, clicks]);
  };
  // The names that the sums by day have, too.
  expect(await parts("device")).toEqual([
    ["", 1],
    ["Mobile", 1],
    ["PC", 1],
  ]);
  expect(await parts("browser")).toEqual([
    ["", 1],
    ["Chrome", 1],
    ["Other", 1],
  ]);
  expect(await parts("os")).toEqual([
    ["", 1],
    ["Other", 1],
    ["Windows", 1],
  ]);
  expect(await parts("referrer")).toEqual([
    ["", 2],
    ["blog.example", 1],
  ]);
  expect(await parts("landing_page")).toEqual([
    ["shop.example/pricing", 2],
    ["", 1],
  ]);
  const none = await call("GET", `/breakdown?by=country&${BERLIN}&link_id=${other}`);
  expect(none.body).toMatchObject({ data: [], totals: { values: 0, clicks: 0, unique_clicks: 0 } });
  const one = await call("GET", `/breakdown?by=country&${BERLIN}&limit=1`);
  expect(one.body).toMatchObject({ totals: { values: 2, clicks: 3 }, data: [{ value: "DE" }] });
});

// The tile beside it counts the hours that begin in the period.
test("a breakdown counts the hours that the other figures count, where a zone is half an hour off", async () => {
  await insertClicks(
    { at: at("2026-08-01T18:45Z") },
    { at: at("2026-08-01T19:00Z") },
    { at: at("2026-08-02T18:45Z") },
  );
  const period = `from=${at("2026-08-02T00:00+05:30")}&to=${at("2026-08-03T00:00+05:30")}&link_id=${link}`;
  const { body } = await call("GET", `/breakdown?by=country&${period}`);
  expect(body).toMatchObject({
    from: at("2026-08-01T19:00Z"),
    to: at("2026-08-02T19:00Z"),
    totals: { clicks: 2 },
  });
  expect((await call("GET", `/stats?${period}`)).body.totals.clicks).toBe(2);
});

test("where clicks are no longer kept, a breakdown counts whole UTC days, those that the period touches, and says which", async () => {
  await insertClicks({ at: at("2026-01-10T23:30Z") });
  const { body } = await call(
    "GET",
    `/breakdown?by=country&link_id=${link}&from=2026-01-10T23:00Z&to=2026-01-11T00:01Z`,
  );
  expect([body.from, body.to]).toEqual([at("2026-01-10T00:00Z"), at("2026-01-12T00:00Z")]);
  expect(body.totals.clicks).toBe(13);
  const empty = await call(
    "GET",
    `/breakdown?by=country&link_id=${link}&from=2026-01-10T12:00Z&to=2026-01-10T12:00Z`,
  );
  expect(empty.body).toMatchObject({ data: [], totals: { values: 0, clicks: 0, unique_clicks: 0 } });
});

test("of more than ten thousand clicks, a breakdown counts whole UTC days", async () => {
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
     INSERT INTO affiliate_click_events (id, customer_id, at, dialect, program_id, partner_id, link_id, is_unique, is_bot, gpc)
     SELECT printf('%08xcafe%020x', ?1 / 1000, i), 'c', ?1, 'affitor', ?2, ?3, ?4, 1, 0, 0 FROM n`,
  )
    .bind(at("2026-09-01T12:00Z"), program, partner, link)
    .run();
  await insertHour(link, at("2026-09-01T12:00Z"), [10_000, 10_000, 0]);
  await insertDay(link, "2026-09-01", "country", { DE: 10_500 });
  const path = `/breakdown?by=country&from=2026-09-01T01:00Z&to=2026-09-02T01:00Z&link_id=${link}`;
  expect((await call("GET", path)).body.totals.clicks).toBe(10_000);
  await insertHour(link, at("2026-09-01T13:00Z"), [0, 0, 1]);
  const { body } = await call("GET", path);
  expect(body).toMatchObject({
    from: at("2026-09-01T00:00Z"),
    to: at("2026-09-03T00:00Z"),
    totals: { clicks: 10_500 },
  });
});

test("whole UTC days are counted by their sums, and so is one that is not over", async () => {
  const today = Math.floor(Date.now() / DAY) * DAY;
  for (const period of [
    `from=${today}`,
    `from=${today}&to=${today + DAY + HOUR}`,
    `from=${today - DAY}&to=${today}`,
  ]) {
    const { db, read } = metered(env.DB);
    const { body } = await callWith({ DB: db }, "GET", `/breakdown?by=country&${period}`);
    expect(body.from % DAY).toBe(0);
    expect(read()).toBeLessThan(10);
  }
});

test.each([
  ["", "by", "by is required"],
  ["by=city", "by", "by must be one of: country, device, browser, os, referrer, landing_page"],
  ["by=os&from=2&to=1", "from", "from must not be after to"],
  ["by=os&limit=0", "limit", "limit must be 1 or more"],
])("a breakdown asked for with %j is refused, naming %s", async (parameters, field, error) => {
  const { status, body } = await call("GET", `/breakdown?${parameters}`);
  expect(body).toEqual({ error, field });
  expect(status).toBe(400);
});
