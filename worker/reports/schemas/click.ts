import { z } from "zod";
import { DeliveryDetail } from "./delivery.ts";
import { identifier, instant } from "./fields.ts";
import { inOrder, listing, OUT_OF_ORDER, period, rowNumber } from "./query.ts";

const text = z.string().nullable();
const whole = z.int().nullable();

export const ClickEvent = z
  .strictObject({
    id: z.string().meta({ description: "32 hexadecimal characters, the event's own" }),
    click_id: z
      .string()
      .meta({ description: "cust_<id>_<unix ms>: the customer's, as the visitor's cookie holds it" }),
    customer_id: z.string(),
    at: instant,
    dialect: z.enum(["affitor", "everflow", "avantlink", "link"]),
    program_id: identifier,
    partner_id: identifier.nullable(),
    link_id: identifier,
    link_code: text,
    is_unique: z.boolean(),
    is_bot: z.boolean(),
    gpc: z.boolean(),
    event_id: text,
    affiliate_url: text,
    page_url: text,
    page_title: text,
    referrer_url: text,
    session_id: text,
    user_agent: text,
    screen_resolution: text,
    viewport_size: text,
    language: text,
    timezone: text,
    params: z.record(z.string(), z.unknown()).nullable(),
    ip: text,
    continent: text,
    country: text,
    region: text,
    region_code: text,
    city: text,
    postal_code: text,
    dma: whole,
    geo_timezone: text,
    asn: whole,
    as_organization: text,
    device_type: text,
    device_brand: text,
    device_model: text,
    os: text,
    os_version: text,
    browser: text,
    browser_version: text,
    referrer_host: text,
    kept_at: instant
      .nullable()
      .meta({ description: "When it was made durable, before the answer; null for older clicks" }),
    recorded_at: instant.nullable().meta({
      description: "When it was brought into the database that reports read; null for older clicks",
    }),
  })
  .meta({ id: "ClickEvent" });

export const Customer = z
  .strictObject({
    id: z.string(),
    click_id: z.string(),
    program_id: identifier,
    customer_status: z.string(),
    link_id: identifier,
    partner_id: identifier.nullable(),
    attributed_at: instant,
    created_at: instant,
    last_clicked: instant,
  })
  .meta({ id: "Customer" });

/** A click with what surrounds it. `customer` is null only where its row is gone. */
export const ClickDetail = z
  .strictObject({
    click: ClickEvent,
    customer: Customer.nullable(),
    everflow_transaction_id: z
      .string()
      .nullable()
      .meta({ description: "What Everflow calls the click, once it has it" }),
    deliveries: z
      .array(DeliveryDetail)
      .meta({ description: "One for each network that the click is owed to" }),
    other_clicks: z.array(ClickEvent).meta({ description: "The customer's, newest first, at most 100" }),
  })
  .meta({ id: "ClickDetail" });

export const ClickQuery = z
  .strictObject({
    program_id: rowNumber.optional(),
    link_id: rowNumber.optional(),
    partner_id: rowNumber.optional(),
    ...period,
    ...listing,
  })
  .refine(inOrder, OUT_OF_ORDER)
  .meta({ id: "ClickQuery" });
