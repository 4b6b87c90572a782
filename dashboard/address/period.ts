/** The period that is looked at, read from the address: ?range=30d&tz=Europe/Berlin, or ?from=2026-11-01&to=2026-11-07. */

import { computed, signal } from "@preact/signals";
import { isTimeZone } from "../../worker/reports/zone.ts";
import { intervalOf, periodOf, rangeOf } from "./period-of.ts";
import { query } from "./route.ts";

const MINUTE_MS = 60_000;

/** The present, by the minute, so that "today" and "5 min ago" go on in a window that stays open. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, MINUTE_MS);

export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
export const timeZone = computed(() => {
  const given = query.value.get("tz");
  return given && isTimeZone(given) ? given : ownZone;
});

export const rangeName = computed(() => rangeOf(query.value));
export const period = computed(() => periodOf(query.value, timeZone.value, now.value));
export const interval = computed(() => intervalOf(period.value, now.value));

/** There is a period before one with a beginning and an end alone. */
export const comparable = computed(() => period.value.from !== undefined && period.value.to !== undefined);
export const comparing = computed(() => comparable.value && query.value.get("compare") === "previous");

/** Of the API's queries: the whole period, also where it is not over. */
export const periodQuery = computed(() => ({ from: period.value.from, to: period.value.to }));
