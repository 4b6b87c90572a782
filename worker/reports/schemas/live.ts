import { z } from "zod";
import { ClickEvent } from "./click.ts";
import { Delivery } from "./delivery.ts";
import { instant } from "./fields.ts";
import { rowNumber } from "./query.ts";

/** How a delivery stands, as far as a click's way is concerned. */
export const LiveDelivery = Delivery.pick({ network: true, state: true, reason: true, attempt_count: true })
  .extend({
    settled_at: instant.nullable().meta({
      description: "End of its last attempt; null while it is pending, and where none was made",
    }),
  })
  .meta({ id: "LiveDelivery" });

export const LiveClick = ClickEvent.pick({
  id: true,
  click_id: true,
  at: true,
  kept_at: true,
  recorded_at: true,
  link_id: true,
  link_code: true,
  program_id: true,
  partner_id: true,
  country: true,
  city: true,
  device_type: true,
  browser: true,
  os: true,
  is_bot: true,
  is_unique: true,
  page_url: true,
  page_title: true,
  referrer_host: true,
})
  .extend({
    deliveries: z
      .array(LiveDelivery)
      .meta({ description: "One for each network that the click is owed to; a partner is told of none" }),
  })
  .meta({ id: "LiveClick" });

/** What the stream sends, each as one JSON text. */
export const LiveMessage = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("hello"), now: instant }),
    z.strictObject({
      type: z.literal("clicks"),
      clicks: z.array(LiveClick).meta({ description: "As they were recorded, newest last" }),
      skipped: z.int().meta({ description: "Clicks, older than these, that were left out for their number" }),
    }),
    z.strictObject({
      type: z.literal("deliveries"),
      deliveries: z.array(LiveDelivery.extend({ event_id: z.string() })),
    }),
  ])
  .meta({ id: "LiveMessage" });

export const LiveQuery = z
  .strictObject({
    program_id: rowNumber.optional(),
    link_id: rowNumber.optional(),
    after: z
      .string()
      .regex(/^[0-9a-f]{32}$/, "must be the id of a click, 32 hexadecimal characters")
      .optional()
      .meta({ description: "After a reconnect: the id of the last click that was received" }),
  })
  .meta({ id: "LiveQuery" });
