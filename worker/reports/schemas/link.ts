import { z } from "zod";
import { resolveMoment } from "../moment.ts";
import { counters, identifier, instant, line, pageUrl, status } from "./fields.ts";
import { inOrder, listing, moment, OUT_OF_ORDER, period, rowNumber, timeZone, wholeNumber } from "./query.ts";

export const LinkEverflow = z
  .strictObject({
    offer_id: identifier,
    affiliate_id: identifier,
    sub1: line(500).optional(),
    sub2: line(500).optional(),
    sub3: line(500).optional(),
    sub4: line(500).optional(),
    sub5: line(500).optional(),
    source_id: line(500).optional(),
    creative_id: identifier.optional(),
    uid: identifier.optional(),
    coupon_code: line(500).optional(),
  })
  .meta({ id: "LinkEverflow" });

/** Codes are compared exactly; the built-in link of every program answers to this one. */
const code = line(128)
  .refine((value) => value.toLowerCase() !== "avantlink", "is reserved: avantlink")
  // /c/. is /c/ to every parser of URLs, however the dot is written.
  .refine((value) => !/^\.\.?$/.test(value), "must not be . or .., which no URL can end with");

export const NewLink = z
  .strictObject({
    program_id: identifier,
    partner_id: identifier,
    code: code.meta({ description: "The value of aff= in the link; unique over all programs" }),
    destination_url: pageUrl.meta({ description: "On a host of the program, or a subdomain of one" }),
    status: status.default("active"),
    everflow: LinkEverflow.nullable().default(null),
  })
  .meta({ id: "NewLink" });

/**
 * Code, program and partner stay: the code is out in the world, and the counters and the recorded clicks say whom
 * they belong to. For another partner or code, make another link and switch this one off.
 */
export const LinkChange = z
  .strictObject({ destination_url: pageUrl, status, everflow: LinkEverflow.nullable() })
  .partial()
  .meta({ id: "LinkChange" });

export const Link = z
  .strictObject({
    id: identifier,
    kind: z.enum(["partner", "avantlink"]),
    code: z.string(),
    program_id: identifier,
    partner_id: identifier.nullable(),
    partner_name: z.string().nullable(),
    destination_url: z.string(),
    status,
    everflow: LinkEverflow.nullable(),
    ...counters,
    everflow_tracking_url: z.string().nullable().meta({ description: "What Everflow made for it, if asked" }),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: "Link" });

const counts = { clicks: z.int(), unique_clicks: z.int(), bot_clicks: z.int() };
const previous = z
  .strictObject(counts)
  .optional()
  .meta({ description: "Of the period before; with compare=previous alone" });

export const ListedLink = Link.extend({ previous }).meta({ id: "ListedLink" });

export const LinkTotals = z.strictObject({ links: z.int(), ...counts, previous }).meta({ id: "LinkTotals" });

export const LINK_SORTS = [
  "code",
  "partner_name",
  "destination_url",
  "status",
  "clicks",
  "unique_clicks",
  "bot_clicks",
  "last_clicked",
  "created_at",
] as const;
export type LinkSort = (typeof LINK_SORTS)[number];

/** Which links, and of which period their counters are: `from` or `to` given, of its hours, else of all time. */
const filters = {
  program_id: rowNumber.optional(),
  partner_id: rowNumber.optional(),
  q: z
    .string()
    .max(200)
    .optional()
    .meta({ description: "Part of the code, the destination or the partner's name" }),
  status: status.optional(),
  ...period,
  compare: z.enum(["previous"]).optional().meta({
    description:
      "Counters of the period of equal length just before, too; of one that is not over, up to the same hour of it. Needs from and to",
  }),
};

interface Compared {
  compare?: "previous" | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

function comparable({ compare, from, to }: Compared): boolean {
  return compare === undefined || (from !== undefined && to !== undefined);
}
const NOTHING_TO_COMPARE = { path: ["compare"], error: "needs from and to" };

export const LinkQuery = z
  .strictObject({
    ...filters,
    sort: z
      .enum([...LINK_SORTS, ...LINK_SORTS.map((sort) => `-${sort}` as const)])
      .default("-created_at")
      .meta({ description: 'With a leading "-" descending' }),
    ...listing,
  })
  .refine(inOrder, OUT_OF_ORDER)
  .refine(comparable, NOTHING_TO_COMPARE)
  .meta({ id: "LinkQuery" });

export const LinkTotalsQuery = z
  .strictObject(filters)
  .refine(inOrder, OUT_OF_ORDER)
  .refine(comparable, NOTHING_TO_COMPARE)
  .meta({ id: "LinkTotalsQuery" });

const MAX_SPARKLINES = 100;
const MAX_SPARKLINE_DAYS = 92;

const linkIds = z
  .string()
  .regex(/^\d{1,15}(,\d{1,15})*$/, "must be link ids with commas between them")
  .transform((text) => [...new Set(text.split(",").map(Number))])
  .refine((ids) => ids.length <= MAX_SPARKLINES, `must be ${MAX_SPARKLINES} ids or fewer`)
  .meta({ description: `Link ids with commas between them, at most ${MAX_SPARKLINES}` });

/** The last `days` days up to `to`, in the zone; `to` without an offset is wall time in it. */
export const SparklineQuery = z
  .strictObject({
    ids: linkIds,
    program_id: rowNumber.optional(),
    partner_id: rowNumber.optional(),
    days: wholeNumber(1, MAX_SPARKLINE_DAYS).default(30),
    timezone: timeZone,
    to: moment.optional(),
  })
  .transform(({ to, ...query }) => ({ ...query, to: to && resolveMoment(to, query.timezone) }))
  .meta({ id: "SparklineQuery" });

export const Sparklines = z
  .strictObject({
    days: z.array(instant).meta({ description: "Start of each day, unix milliseconds" }),
    data: z.array(
      z.strictObject({
        link_id: identifier,
        clicks: z.array(z.int()).meta({ description: "Human clicks, one number for each day" }),
      }),
    ),
  })
  .meta({ id: "Sparklines" });
