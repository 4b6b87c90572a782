/** Everflow's raw clicks report (seed 002) as schemas: they validate here, and documentation comes from them. */

import { z } from "zod";
import { MAX_DAYS, parseWall, periodOf, tooLong } from "./period.ts";
import { TIMEZONES } from "./timezones.ts";

/** The seed's, in its order; `sub1`…`sub5` are what Everflow's newer documentation calls `s1`…`s5`. */
export const RESOURCE_TYPES = [
  "offer",
  "creative",
  "country",
  "carrier",
  "device_platform",
  "device_type",
  "device_make",
  "browser",
  "language",
  "connection_type",
  "campaign",
  "source_id",
  "offer_url",
  "device_model",
  "s1",
  "s2",
  "s3",
  "s4",
  "s5",
  "coupon_code",
  "sub1",
  "sub2",
  "sub3",
  "sub4",
  "sub5",
] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

const ClickFilter = z
  .object({
    resource_type: z.enum(RESOURCE_TYPES),
    filter_id_value: z
      .union([z.string(), z.number()], {
        error: ({ input }) => (input === undefined ? "is required" : "must be a string"),
      })
      .transform(String)
      .meta({ description: "What the field must be: an id, or a name as the report shows it" }),
  })
  .meta({ id: "ClickFilter" });

const wall = z
  .string()
  .refine((text) => parseWall(text) !== undefined, "must be YYYY-mm-DD HH:MM:SS")
  .meta({ description: "YYYY-mm-DD HH:MM:SS, wall time in the zone of timezone_id" });

/** Only what could narrow the report is refused when it is unknown: a filter that was ignored would answer too much. */
export const ClicksRequest = z
  .object({
    from: wall,
    to: wall.meta({ description: "As from; inclusive, at most 14 days after it" }),
    timezone_id: z
      .literal(Object.keys(TIMEZONES).map(Number))
      .meta({ description: "Of GET /v1/meta/timezones" }),
    query: z
      .strictObject({
        filters: z.array(ClickFilter).nullish(),
        exclusions: z.array(ClickFilter).nullish(),
      })
      .nullish()
      .meta({ description: "Filters of the same resource_type are OR, of different ones AND" }),
  })
  .transform(({ from, to, timezone_id, query }, context) => {
    const bounds = [parseWall(from)!, parseWall(to)!] as const;
    const complain = (message: string) => {
      context.addIssue({ code: "custom", path: ["from"], message });
      return z.NEVER;
    };
    if (bounds[0] > bounds[1]) return complain("must not be after to");
    if (tooLong(...bounds)) return complain(`must not be more than ${MAX_DAYS} days before to`);
    return {
      period: periodOf(...bounds, TIMEZONES[timezone_id]!),
      filters: query?.filters ?? [],
      exclusions: query?.exclusions ?? [],
    };
  })
  .meta({ id: "ClicksRequest" });

const text = z.string();
const id = z.int();

/** One click, field for field as in seed 002. */
export const ReportedClick = z
  .strictObject({
    transaction_id: z.string().meta({ description: "32 hexadecimal characters" }),
    is_unique: z.literal([0, 1]),
    unix_timestamp: z.int().meta({ description: "Unix seconds" }),
    tracking_url: z.string().meta({ description: "The link at this collector, without a scheme" }),
    source_id: text,
    sub1: text,
    sub2: text,
    sub3: text,
    sub4: text,
    sub5: text,
    revenue_type: text,
    revenue: z.number(),
    referer: text,
    error_code: z.int().meta({ description: "0; 14 (blocked traffic) for a bot" }),
    user_ip: text,
    error_message: z.string().meta({ description: "N/A where error_code is 0" }),
    idfa: text,
    idfa_md5: text,
    idfa_sha1: text,
    google_ad_id: text,
    google_ad_id_md5: text,
    google_ad_id_sha1: text,
    android_id: text,
    android_id_md5: text,
    android_id_sha1: text,
    relationship: z.strictObject({
      offer: z.strictObject({
        network_offer_id: id.meta({ description: "The link's Everflow offer; 0 where it has none" }),
        network_id: id,
        name: z.string().meta({ description: "The program's name" }),
        offer_status: z.enum(["active", "paused"]),
        network_tracking_domain_id: id,
      }),
      geolocation: z.strictObject({
        country_code: text,
        country_name: text,
        region_code: text,
        region_name: text,
        city_name: text,
        dma: z.int(),
        dma_name: text,
        timezone: text,
        carrier_name: text,
        carrier_code: z.int(),
        organization: text,
        isp_name: text,
        is_mobile: z.boolean(),
        is_proxy: z.boolean(),
        postal_code: text,
      }),
      device_information: z.strictObject({
        is_mobile: z.boolean(),
        platform_name: text,
        os_version: text,
        brand: text,
        model: text,
        is_tablet: z.boolean(),
        browser_name: text,
        browser_version: text,
        device_type: text,
        language: text,
        http_accept_language: text,
        is_robot: z.boolean(),
        is_filter: z.boolean(),
      }),
      query_parameters: z.strictObject({ __cc: text }).nullable(),
    }),
    currency_id: text,
    coupon_code: text,
  })
  .meta({ id: "ReportedClick" });

export const ClicksReport = z
  .strictObject({ clicks: z.array(ReportedClick).max(5000) })
  .meta({ id: "ClicksReport" });

export const Timezone = z
  .strictObject({
    timezone_id: id,
    timezone_name: z.string(),
    timezone: z.string().meta({ description: "IANA name" }),
    utc_offset: z.string().meta({ description: "What holds now, such as -08:00" }),
  })
  .meta({ id: "Timezone" });

export const Timezones = z.strictObject({ timezones: z.array(Timezone) }).meta({ id: "Timezones" });
