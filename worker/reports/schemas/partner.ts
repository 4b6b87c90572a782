import { z } from "zod";
import { counters, identifier, instant, line } from "./fields.ts";
import { listing } from "./query.ts";

export const NewPartner = z.strictObject({ name: line(200) }).meta({ id: "NewPartner" });
export const PartnerChange = NewPartner.partial().meta({ id: "PartnerChange" });

export const Partner = z
  .strictObject({ id: identifier, name: line(200), ...counters, created_at: instant, updated_at: instant })
  .meta({ id: "Partner" });

/** The one answer that shows the key; afterwards only its hash is known. */
export const PartnerWithKey = Partner.extend({
  api_key: z.string().meta({ description: "Shown once: the partner's key for the reporting API" }),
}).meta({ id: "PartnerWithKey" });

export const PartnerQuery = z
  .strictObject({ q: z.string().max(200).optional().meta({ description: "Part of the name" }), ...listing })
  .meta({ id: "PartnerQuery" });
