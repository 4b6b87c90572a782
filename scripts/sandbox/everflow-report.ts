/** Seed 002: the raw clicks of a period, filtered. */

import { z } from "zod";
import { clickRow } from "./everflow-click-row.ts";
import type { StoredClick } from "./everflow-clicks.ts";
import { refusal } from "./everflow-refusal.ts";
import type { Reply } from "./sandbox.ts";
import { unixMs } from "./wall-time.ts";

const ROWS = 5_000;
const PERIOD_MS = 14 * 86_400_000;

/** Of Everflow's ids those that the documents name and a test needs; 90 is our inference (CONTRACTS 2). */
const TIMEZONES: Readonly<Record<number, string>> = {
  67: "UTC",
  80: "America/New_York",
  85: "America/Chicago",
  87: "America/Denver",
  90: "America/Los_Angeles",
};

/** What each resource type compares. Of what the sandbox does not know it has "", which no filter asks for. */
const RESOURCES: Readonly<Record<string, (click: StoredClick) => string | number | undefined>> = {
  offer: ({ oid }) => oid,
  creative: ({ params }) => params.creative_id,
  offer_url: ({ params }) => params.uid,
  source_id: ({ params }) => params.source_id,
  coupon_code: ({ params }) => params.coupon_code,
  s1: ({ params }) => params.sub1,
  s2: ({ params }) => params.sub2,
  s3: ({ params }) => params.sub3,
  s4: ({ params }) => params.sub4,
  s5: ({ params }) => params.sub5,
  country: unknown,
  carrier: unknown,
  device_platform: unknown,
  device_type: unknown,
  device_make: unknown,
  device_model: unknown,
  browser: unknown,
  language: unknown,
  connection_type: unknown,
  campaign: unknown,
};

const Asked = z.object({
  from: z.string(),
  to: z.string(),
  timezone_id: z.int(),
  query: z
    .object({
      filters: z
        .array(z.object({ resource_type: z.string(), filter_id_value: z.coerce.string() }))
        .optional(),
    })
    .nullish(),
});
type Filters = { resource_type: string; filter_id_value: string }[];

/** @param clicks the affiliate's own, newest first */
export function clicksReport(body: unknown, clicks: StoredClick[]): Reply {
  const { data, error } = Asked.safeParse(body);
  if (!data) return refusal(400, z.prettifyError(error));
  const zone = TIMEZONES[data.timezone_id];
  if (!zone) return refusal(400, `timezone_id must be one of ${Object.keys(TIMEZONES).join(", ")}`);
  const from = unixMs(data.from, zone);
  const to = unixMs(data.to, zone);
  if (from === undefined || to === undefined) return refusal(400, "from and to must be YYYY-mm-DD HH:MM:SS");
  if (to < from) return refusal(400, "from must not be after to");
  if (to - from > PERIOD_MS) return refusal(400, "The period must be 14 days or less");
  const filters: Filters = data.query?.filters ?? [];
  const odd = filters.find(({ resource_type }) => !Object.hasOwn(RESOURCES, resource_type));
  if (odd) return refusal(400, `resource_type ${odd.resource_type} is unknown`);
  // "to" names a second, and all of it is meant.
  const found = clicks.filter(({ at }) => at >= from && at < to + 1_000).filter(matches(filters));
  const rows = found.slice(0, ROWS).map(clickRow);
  return { status: 200, body: { clicks: rows }, line: `read ${rows.length} clicks` };
}

/** The same type: OR; different types: AND. */
function matches(filters: Filters): (click: StoredClick) => boolean {
  const byType = Object.entries(Object.groupBy(filters, ({ resource_type }) => resource_type));
  return (click) =>
    byType.every(([type, same]) =>
      same!.some(({ filter_id_value }) => filter_id_value === String(RESOURCES[type]!(click) ?? "")),
    );
}

function unknown(): undefined {
  return undefined;
}
