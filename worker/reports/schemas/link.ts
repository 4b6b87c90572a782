import { z } from "zod";
import { counters, identifier, instant, line, pageUrl, status } from "./fields.ts";
import { inOrder, listing, OUT_OF_ORDER, period, rowNumber } from "./query.ts";

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

export const LINK_SORTS = [
  "code",
  "clicks",
  "unique_clicks",
  "bot_clicks",
  "last_clicked",
  "created_at",
] as const;
export type LinkSort = (typeof LINK_SORTS)[number];

/** `from` or `to` given: the counters are those of the period's hours, else of all time. */
export const LinkQuery = z
  .strictObject({
    program_id: rowNumber.optional(),
    partner_id: rowNumber.optional(),
    q: z
      .string()
      .max(200)
      .optional()
      .meta({ description: "Part of the code, the destination or the partner's name" }),
    status: status.optional(),
    sort: z
      .enum([...LINK_SORTS, ...LINK_SORTS.map((sort) => `-${sort}` as const)])
      .default("-created_at")
      .meta({ description: 'With a leading "-" descending' }),
    ...period,
    ...listing,
  })
  .refine(inOrder, OUT_OF_ORDER)
  .meta({ id: "LinkQuery" });
