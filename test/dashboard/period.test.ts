import { expect, test } from "vitest";
import { dayOf, intervalOf, periodOf, rangeOf } from "../../dashboard/address/period-of.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 21 November 2026, 13:30 in Berlin. */
const NOW = Date.parse("2026-11-21T12:30:00Z");

function period(query: string, zone = "UTC", now = NOW) {
  const { from, to, label } = periodOf(new URLSearchParams(query), zone, now);
  const iso = (ms: number | undefined) => ms && new Date(ms).toISOString().slice(0, 16);
  return [iso(from), iso(to), label];
}

test.each([
  ["range=today", "2026-11-21T00:00", "2026-11-22T00:00"],
  ["range=yesterday", "2026-11-20T00:00", "2026-11-21T00:00"],
  ["range=7d", "2026-11-15T00:00", "2026-11-22T00:00"],
  ["range=30d", "2026-10-23T00:00", "2026-11-22T00:00"],
  ["range=90d", "2026-08-24T00:00", "2026-11-22T00:00"],
  ["range=365d", "2025-11-22T00:00", "2026-11-22T00:00"],
  ["", "2026-10-23T00:00", "2026-11-22T00:00"],
  ["range=constructor", "2026-10-23T00:00", "2026-11-22T00:00"],
])("%s is so many days, the present one included", (query, from, to) => {
  expect(period(query).slice(0, 2)).toEqual([from, to]);
});

test("all time has neither beginning nor end", () => {
  expect(period("range=all")).toEqual([undefined, undefined, "All time"]);
});

test.each([
  ["Asia/Kolkata", "2026-11-20T18:30", "2026-11-21T18:30"],
  ["Asia/Kathmandu", "2026-11-20T18:15", "2026-11-21T18:15"],
  ["Pacific/Auckland", "2026-11-21T11:00", "2026-11-22T11:00"],
  ["America/Los_Angeles", "2026-11-21T08:00", "2026-11-22T08:00"],
])("today in %s is from its midnight to its next", (zone, from, to) => {
  expect(period("range=today", zone).slice(0, 2)).toEqual([from, to]);
});

test("a day on which clocks change has 23 or 25 hours, and half an hour more or less on Lord Howe", () => {
  const hours = (day: string, zone: string) => {
    const { from, to } = periodOf(new URLSearchParams({ from: day, to: day }), zone, NOW);
    return (to! - from!) / HOUR_MS;
  };
  expect(hours("2026-03-29", "Europe/Berlin")).toBe(23);
  expect(hours("2026-10-25", "Europe/Berlin")).toBe(25);
  expect(hours("2026-10-04", "Australia/Lord_Howe")).toBe(23.5);
  expect(hours("2026-04-05", "Australia/Lord_Howe")).toBe(24.5);
  // Put forward at midnight: the day begins at 1:00.
  expect(hours("2026-04-24", "Africa/Cairo")).toBe(23);
  expect(period("from=2026-04-24&to=2026-04-24", "Africa/Cairo")[0]).toBe("2026-04-23T22:00");
});

test("a period over a change of clocks has its number of days all the same", () => {
  const morning = Date.parse("2026-10-27T00:30:00Z");
  expect(period("range=7d", "Europe/Berlin", morning).slice(0, 2)).toEqual([
    "2026-10-20T22:00",
    "2026-10-27T23:00",
  ]);
  expect(period("range=yesterday", "Europe/Berlin", Date.parse("2026-10-26T08:00:00Z")).slice(0, 2)).toEqual([
    "2026-10-24T22:00",
    "2026-10-25T23:00",
  ]);
});

test("chosen days are whole, last one included, and named", () => {
  expect(period("from=2026-11-01&to=2026-11-07", "Asia/Kolkata")).toEqual([
    "2026-10-31T18:30",
    "2026-11-07T18:30",
    "2026-11-01 to 2026-11-07",
  ]);
  expect(period("from=2026-11-05&to=2026-11-05")).toEqual([
    "2026-11-05T00:00",
    "2026-11-06T00:00",
    "2026-11-05",
  ]);
});

test("chosen days in the wrong order are taken in the right one", () => {
  expect(period("from=2026-11-07&to=2026-11-01")).toEqual(period("from=2026-11-01&to=2026-11-07"));
});

test("one chosen day leaves the other end open", () => {
  expect(period("from=2026-11-01")).toEqual(["2026-11-01T00:00", undefined, "2026-11-01 to today"]);
  expect(period("to=2026-11-01")).toEqual([undefined, "2026-11-02T00:00", "… to 2026-11-01"]);
});

test.each(["from=2026-02-31", "from=yesterday", "to=2026-1-1", "from=9999-01-01", "from=", "to=<b>"])(
  "%s is no day, and the period is the usual one",
  (query) => {
    const given = new URLSearchParams(query);
    expect(rangeOf(given)).toBe("30d");
    expect(period(query)).toEqual(period(""));
  },
);

test("up to three days are told by the hour, also when one of them has 25", () => {
  const interval = (query: string, zone = "Europe/Berlin") =>
    intervalOf(periodOf(new URLSearchParams(query), zone, NOW), NOW);
  expect(interval("range=today")).toBe("hour");
  expect(interval("from=2026-10-24&to=2026-10-26")).toBe("hour");
  expect(interval("from=2026-10-24&to=2026-10-27")).toBe("day");
  expect(interval("range=all")).toBe("day");
  expect(interval("from=2026-11-20")).toBe("hour");
});

test("a moment falls on the day that the zone's calendar shows", () => {
  expect(dayOf(NOW, "Pacific/Auckland")).toBe("2026-11-22");
  expect(dayOf(NOW, "America/Los_Angeles")).toBe("2026-11-21");
  expect(dayOf(NOW - 13 * HOUR_MS, "UTC")).toBe("2026-11-20");
  expect(dayOf(NOW + DAY_MS, "Asia/Kolkata")).toBe("2026-11-22");
});
