/** Figures and times as people read them. The locale is the browser's, the zone the address bar's. */

import { timeZone } from "../address/period.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const whole = new Intl.NumberFormat();
const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const regions = new Intl.DisplayNames(["en"], { type: "region" });

/** 1,234,567 */
export function count(n: number): string {
  return whole.format(n);
}

export function share(part: number, all: number): string {
  return percent.format(all === 0 ? 0 : part / all);
}

/** The change from one figure to another: "+12.5%"; undefined where there is nothing to compare with. */
export function change(now: number, before: number): string | undefined {
  if (before === 0) return now === 0 ? "±0%" : undefined;
  const ratio = now / before - 1;
  return `${ratio > 0 ? "+" : ratio < 0 ? "−" : "±"}${percent.format(Math.abs(ratio))}`;
}

/** 21 Nov 2026, 14:03:09 in the zone of the address bar; of an hour that comes twice, with the zone's name. */
export function dateTime(instant: number): string {
  const { format } = formatter({ dateStyle: "medium", timeStyle: "medium" });
  const text = format(instant);
  return [format(instant - HOUR_MS), format(instant + HOUR_MS)].includes(text)
    ? formatter({ dateStyle: "medium", timeStyle: "long" }).format(instant)
    : text;
}

export function date(instant: number): string {
  return formatter({ dateStyle: "medium" }).format(instant);
}

export function time(instant: number): string {
  return formatter({ timeStyle: "medium" }).format(instant);
}

/** On an axis with so many seconds between two marks: 14:00, 21 Nov (also where a day begins), or Nov 2026. */
export function tick(instant: number, stepSeconds: number): string {
  const clock = formatter({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(instant);
  if (stepSeconds < 86_400 && clock !== "00:00") return clock;
  const month = stepSeconds >= 28 * 86_400;
  return formatter(month ? { month: "short", year: "numeric" } : { day: "numeric", month: "short" }).format(
    instant,
  );
}

/** 14:03:09.217 */
export function timeToMs(instant: number): string {
  return formatter({
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
  }).format(instant);
}

/** "just now", "5 min ago", "3 h ago", "12 days ago", later the date. */
export function ago(instant: number, now: number): string {
  const since = now - instant;
  if (since < MINUTE_MS) return "just now";
  if (since < HOUR_MS) return `${Math.floor(since / MINUTE_MS)} min ago`;
  if (since < DAY_MS) return `${Math.floor(since / HOUR_MS)} h ago`;
  const days = Math.floor(since / DAY_MS);
  return days === 1 ? "yesterday" : days < 30 ? `${days} days ago` : date(instant);
}

/** 840 ms, 2.4 s, 3 min, 5 h, 2 days */
export function duration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(ms < 10 * SECOND_MS ? 1 : 0)} s`;
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  if (ms < 2 * DAY_MS) return `${Math.round(ms / HOUR_MS)} h`;
  return `${Math.round(ms / DAY_MS)} days`;
}

/** ISO 3166-1 alpha-2 → English name; whatever else came, as it is. */
export function country(code: string | null): string {
  if (!code) return "Unknown";
  try {
    return regions.of(code) ?? code;
  } catch {
    return code;
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${timeZone.value} ${JSON.stringify(options)}`;
  let known = formatters.get(name);
  if (!known) {
    known = new Intl.DateTimeFormat(undefined, { ...options, timeZone: timeZone.value });
    formatters.set(name, known);
  }
  return known;
}
