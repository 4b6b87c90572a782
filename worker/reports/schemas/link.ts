import { z } from "zod";
import { identifier, instant, line, pageUrl, status } from "./fields.ts";

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
const code = line(128).refine((value) => value.toLowerCase() !== "avantlink", "is reserved: avantlink");

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
    clicks: z.int(),
    unique_clicks: z.int(),
    bot_clicks: z.int(),
    last_clicked: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: "Link" });
