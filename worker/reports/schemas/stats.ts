import { z } from "zod";
import { resolveMoment } from "../moment.ts";
import { instant } from "./fields.ts";
import { format, inOrder, moment, OUT_OF_ORDER, period, rowNumber, timeZone, wholeNumber } from "./query.ts";

const scope = {
  program_id: rowNumber.optional(),
  link_id: rowNumber.optional(),
  partner_id: rowNumber.optional(),
};

const counters = { clicks: z.int(), unique_clicks: z.int(), bot_clicks: z.int() };

/** `from` and `to` without an offset are wall time in `timezone`. */
export const StatsQuery = z
  .strictObject({
    ...scope,
    interval: z.enum(["hour", "day"]).default("day"),
    timezone: timeZone,
    from: moment.optional(),
    to: moment.optional(),
    format,
  })
  .transform(({ from, to, ...query }) => ({
    ...query,
    from: from && resolveMoment(from, query.timezone),
    to: to && resolveMoment(to, query.timezone),
  }))
  .refine(inOrder, OUT_OF_ORDER)
  .meta({ id: "StatsQuery" });

export const Stats = z
  .strictObject({
    interval: z.enum(["hour", "day"]),
    timezone: z.string(),
    from: instant,
    to: instant,
    totals: z.strictObject(counters),
    data: z.array(
      z.strictObject({
        t: instant.meta({ description: "Start of the bucket, unix milliseconds" }),
        ...counters,
      }),
    ),
  })
  .meta({ id: "Stats" });

export const DIMENSIONS = ["country", "device", "browser", "os", "referrer", "landing_page"] as const;

export const BreakdownQuery = z
  .strictObject({
    by: z.enum(DIMENSIONS),
    ...scope,
    ...period,
    limit: wholeNumber(1, 1000).default(50),
    format,
  })
  .refine(inOrder, OUT_OF_ORDER)
  .meta({ id: "BreakdownQuery" });

const parts = { clicks: z.int(), unique_clicks: z.int() };

export const Breakdown = z
  .strictObject({
    by: z.enum(DIMENSIONS),
    from: instant.nullable().meta({ description: "Start of what was counted; null: from the beginning" }),
    to: instant.nullable().meta({ description: "End of what was counted; null: up to now" }),
    totals: z.strictObject({ values: z.int(), ...parts }),
    data: z.array(z.strictObject({ value: z.string(), ...parts })),
  })
  .meta({ id: "Breakdown" });
