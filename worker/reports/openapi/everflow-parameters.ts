/** The query of a click in Everflow's dialect as documentation, made of the list and the forms that read it. Pure. */

import { z } from "zod";
import { EVERFLOW_PARAMS, FORMS, ID_DIGITS } from "../../inbound/everflow-query.ts";
import type { Parameter } from "./operation.ts";

/** Numbered ones by the name without its number. */
const MEANINGS: Readonly<Record<string, string>> = {
  sub: "Sub-placement tracking value",
  adv: "Advertiser's tracking value",
  source_id: "Traffic source identifier",
  uid: "Offer URL's id",
  creative_id: "Creative's id",
  coupon_code: "Coupon code for click-level attribution",
  fbclid: "Facebook click id",
  gclid: "Google Ads click id",
  ttclid: "TikTok click id",
  sccid: "Snapchat click id",
  idfa: "Apple's identifier for advertisers, 8-4-4-4-12",
  google_aid: "Google's advertising id",
  android_id: "Android device id",
  traffic_source_id: "Traffic source's id, of generated links: kept with the click, not forwarded",
};

const id = z
  .int()
  .min(0)
  .max(10 ** ID_DIGITS - 1);

export function query(name: string, description: string, schema: z.ZodType = z.string()): Parameter {
  return { name, in: "query", description, schema };
}

/** What names the link, and must be there. */
export const PAIR: readonly Parameter[] = [
  { ...query("oid", "The offer's id", id), required: true },
  { ...query("affid", "The affiliate's id", id), required: true },
];

/** What is kept. @param held whether the endpoint refuses what has not its form; else it is any text. */
export function keptParameters(held: "held to their form" | "any text"): Parameter[] {
  return EVERFLOW_PARAMS.map((name) => {
    const form = held === "any text" ? undefined : FORMS[name];
    const schema = form && (form.is === "integer" ? id : z.string().regex(form.pattern));
    return query(name, MEANINGS[name.replace(/\d+$/, "")]!, schema);
  });
}
