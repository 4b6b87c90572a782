/** Everflow's time zones by their `timezone_id` (its "Timezones" page, read in 2026). Pure. */

import type { z } from "zod";
import { wallOf } from "../zone.ts";
import type { Timezone } from "./schema.ts";

/** Ids that nobody documents are not guessed, but for 90: seed 002 asks by it without saying which zone it is. */
export const TIMEZONES: Readonly<Record<number, string>> = {
  1: "Pacific/Kiritimati",
  2: "Pacific/Enderbury",
  3: "Pacific/Tongatapu",
  4: "Pacific/Chatham",
  5: "Pacific/Auckland",
  6: "Pacific/Fiji",
  7: "Asia/Kamchatka",
  8: "Pacific/Norfolk",
  9: "Australia/Lord_Howe",
  10: "Pacific/Guadalcanal",
  11: "Australia/Adelaide",
  12: "Australia/Sydney",
  13: "Australia/Brisbane",
  14: "Australia/Darwin",
  15: "Asia/Seoul",
  16: "Asia/Tokyo",
  67: "UTC",
  80: "America/New_York",
  85: "America/Chicago",
  87: "America/Denver",
  // Inferred: the documented ids fall from east to west, Denver is 87, and the seed's example click is from Burbank.
  90: "America/Los_Angeles",
  99: "Pacific/Pago_Pago",
};

export const UTC_ID = 67;

/** @param now unix ms: `utc_offset` is the one that holds now, as Everflow's is. */
export function timezones(now: number): z.output<typeof Timezone>[] {
  return Object.entries(TIMEZONES).map(([id, timezone]) => ({
    timezone_id: Number(id),
    timezone_name: `${longName(timezone, now)} (${timezone})`,
    timezone,
    utc_offset: offset(timezone, now),
  }));
}

/** "Pacific Standard Time" */
function longName(timeZone: string, now: number): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "long" }).formatToParts(now);
  return parts.find(({ type }) => type === "timeZoneName")!.value;
}

/** "-08:00" */
function offset(timeZone: string, now: number): string {
  const minutes = Math.round((wallOf(now, timeZone) - now) / 60_000);
  const pad = (n: number) => String(n).padStart(2, "0");
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}
