/** Seed 001's body as a schema: it validates here, and documentation comes from it. Unknown fields are ignored. */

import { z } from "zod";

export const BODY_LIMIT_BYTES = 16 * 1024;

const id = (description: string) => z.int().min(1).max(Number.MAX_SAFE_INTEGER).describe(description);
const optionalId = (description: string) => id(description).nullish();
const text = (name: string) =>
  z.string().max(500).nullish().describe(`A ${name} that is a query parameter of the link.`);

export const trackingLinkRequest = z
  .object({
    network_offer_id: id("The offer's id: the link's Everflow offer."),
    network_affiliate_id: id("The affiliate's id: the link's Everflow affiliate."),
    network_tracking_domain_id: optionalId("Accepted and without effect: the collector is the one domain."),
    network_offer_url_id: optionalId("The offer URL's id: uid on the link."),
    creative_id: optionalId("The creative's id."),
    network_traffic_source_id: optionalId("The traffic source's id: traffic_source_id on the link."),
    source_id: text("source_id"),
    sub1: text("sub1"),
    sub2: text("sub2"),
    sub3: text("sub3"),
    sub4: text("sub4"),
    sub5: text("sub5"),
    is_encrypt_parameters: z
      .boolean()
      .nullish()
      .describe("Folds all query parameters into one that only the collector reads."),
  })
  .meta({ id: "TrackingLinkRequest" });

export type TrackingLinkRequest = z.output<typeof trackingLinkRequest>;

export const trackingLinkAnswer = z
  .object({ url: z.url().describe("The generated tracking link.") })
  .meta({ id: "TrackingLinkAnswer" });
