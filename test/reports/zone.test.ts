import { expect, test } from "vitest";
import { parseMoment, resolveMoment } from "../../worker/reports/moment.ts";
import { dayStarts, instantOf, isTimeZone, wallOf } from "../../worker/reports/zone.ts";

const HOUR = 3_600_000;
const at = (iso: string) => Date.parse(iso);

test.each([
  ["2026-03-08T00:00", "America/New_York", "2026-03-08T05:00Z", "before the clocks go forward"],
  ["2026-03-08T03:00", "America/New_York", "2026-03-08T07:00Z", "just after"],
  ["2026-03-08T02:30", "America/New_York", "2026-03-08T07:00Z", "a time that was skipped: when it was"],
  // Was a second late: the change was looked for in minutes, from a time that began none.
  ["2026-03-08T02:00:01", "America/New_York", "2026-03-08T07:00Z", "a second that was skipped: when it was"],
  ["2026-11-01T00:00", "America/New_York", "2026-11-01T04:00Z", "the day the clocks go back"],
  ["2026-11-01T01:30", "America/New_York", "2026-11-01T05:30Z", "a time that comes twice: the first"],
  ["2026-11-02T00:00", "America/New_York", "2026-11-02T05:00Z", "the day after"],
  ["2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:30Z", "half an hour skipped"],
  ["2026-06-01T00:00", "Asia/Kolkata", "2026-05-31T18:30Z", "half an hour off"],
  ["2026-06-01T00:00", "Pacific/Chatham", "2026-05-31T11:15Z", "three quarters off"],
  [
    "2026-04-24T00:00",
    "Africa/Cairo",
    "2026-04-23T22:00Z",
    "a day that begins at one, for midnight was skipped",
  ],
  ["2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00Z", "a day that never was"],
  ["2026-06-01T00:00", "UTC", "2026-06-01T00:00Z", "UTC"],
])("%s in %s is %s: %s", (wall, zone, instant) => {
  expect(new Date(instantOf(at(`${wall}Z`), zone)).toISOString()).toBe(new Date(at(instant)).toISOString());
});

test("in every zone and around every change, an instant's wall time leads back to it or to its twin", () => {
  for (const zone of [
    "Europe/Berlin",
    "America/St_Johns",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
  ]) {
    for (let hour = 0; hour < 366 * 24; hour += 7) {
      const instant = Date.UTC(2026, 0, 1) + hour * HOUR;
      const back = instantOf(wallOf(instant, zone), zone);
      expect([0, HOUR, HOUR / 2]).toContain(instant - back);
      expect(wallOf(back, zone)).toBe(wallOf(instant, zone));
    }
  }
});

test("days are 23, 24 or 25 hours long as the zone has it", () => {
  const lengths = (from: string, to: string, zone: string) => {
    const starts = dayStarts(at(from), at(to), zone);
    return starts.slice(1).map((start, i) => (start - starts[i]!) / HOUR);
  };
  expect(lengths("2026-03-28T23:00Z", "2026-03-30T22:00Z", "Europe/Berlin")).toEqual([23, 24]);
  expect(lengths("2026-10-24T22:00Z", "2026-10-26T23:00Z", "Europe/Berlin")).toEqual([25, 24]);
  expect(lengths("2011-12-29T12:00Z", "2012-01-01T08:00Z", "Pacific/Apia")).toEqual([24, 24, 24]);
});

test.each([
  ["UTC", true],
  ["America/New_York", true],
  ["Asia/Kolkata", true],
  ["Mars/Olympus", false],
  ["+02:00", false],
  ["", false],
  ["x".repeat(1000), false],
])("%s is a time zone: %s", (name, known) => {
  expect(isTimeZone(name)).toBe(known);
});

test.each([
  ["0", "UTC", 0],
  ["1763683200000", "America/New_York", 1763683200000],
  ["2026-11-21", "UTC", at("2026-11-21T00:00Z")],
  ["2026-11-21", "America/New_York", at("2026-11-21T05:00Z")],
  ["2026-11-21T08:30", "America/New_York", at("2026-11-21T13:30Z")],
  ["2026-11-21T08:30:15.250Z", "America/New_York", at("2026-11-21T08:30:15.250Z")],
  ["2026-11-21T08:30:15+05:30", "UTC", at("2026-11-21T03:00:15Z")],
  ["2026-11-21T08:30:15 05:30", "UTC", at("2026-11-21T03:00:15Z")],
  ["2028-02-29", "UTC", at("2028-02-29T00:00Z")],
])("%s, read in %s, is %i", (text, zone, instant) => {
  const moment = parseMoment(text);
  expect(moment && resolveMoment(moment, zone)).toBe(instant);
});

test.each([
  "",
  "now",
  "-1",
  "1.5",
  "1e3",
  "123456789012345",
  "2026-02-29",
  "2026-13-01",
  "2026-11-21T24:01",
  "2026-11-21T08:30+25:00",
  "2026-11-21 08:30",
  "21.11.2026",
  "20261121T083000Z",
])("%j is no moment", (text) => {
  expect(parseMoment(text)).toBeUndefined();
});
