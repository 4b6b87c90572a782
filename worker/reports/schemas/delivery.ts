import { z } from "zod";
import { identifier, instant } from "./fields.ts";
import { networkName } from "./network.ts";
import { inOrder, instantInBody, listing, OUT_OF_ORDER, period, rowNumber } from "./query.ts";

const DELIVERY_STATES = ["pending", "delivered", "rejected", "dead", "withheld"] as const;
const state = z.enum(DELIVERY_STATES);

export const Attempt = z
  .strictObject({
    at: instant,
    duration_ms: z.int(),
    status: z.int().nullable().meta({ description: "HTTP status; null where no answer came" }),
    words: z.string().meta({ description: "What the network said, cut, or what happened instead" }),
  })
  .meta({ id: "Attempt" });

export const Delivery = z
  .strictObject({
    id: z.string().meta({ description: "<event_id>.<network>" }),
    event_id: z.string().meta({ description: "The click event's own id" }),
    network: networkName,
    program_id: identifier,
    clicked_at: instant
      .nullable()
      .meta({ description: "Null for a test click and for one that is no longer kept, as is what follows" }),
    click_id: z
      .string()
      .nullable()
      .meta({ description: "cust_<id>_<unix ms>: the customer's, as the visitor's cookie holds it" }),
    link_id: identifier.nullable(),
    link_code: z.string().nullable(),
    state,
    reason: z
      .string()
      .nullable()
      .meta({ description: "Why it is withheld, or the last words of the network" }),
    reference: z
      .string()
      .nullable()
      .meta({ description: "The network's own id of the click: Everflow's transaction_id" }),
    attempt_count: z.int(),
    last_attempt_at: instant.nullable(),
    next_attempt_at: instant.nullable().meta({ description: "Null unless pending" }),
    give_up_at: instant
      .nullable()
      .meta({ description: "An attempt that fails after this is the last; null unless pending" }),
  })
  .meta({ id: "Delivery" });

export const Sent = z
  .strictObject({
    method: z.string(),
    url: z.string(),
    headers: z.record(z.string(), z.string()),
    body: z.string().nullable(),
    settings_changed_since: z.boolean().meta({
      description:
        "true: program or link were changed after the last attempt, which may have looked otherwise",
    }),
  })
  .meta({ id: "Sent" });

export const DeliveryDetail = Delivery.extend({
  attempts: z.array(Attempt).meta({ description: "Oldest first" }),
  sent: Sent.nullable().meta({
    description:
      "What every attempt sent, made again of the click and the settings. Null where none was made, and where the click or the settings are gone",
  }),
}).meta({ id: "DeliveryDetail" });

/** `from` and `to` are of the click, to the millisecond. */
export const DeliveryQuery = z
  .strictObject({
    program_id: rowNumber.optional(),
    network: networkName.optional(),
    state: state.optional(),
    ...period,
    ...listing,
  })
  .refine(inOrder, OUT_OF_ORDER)
  .meta({ id: "DeliveryQuery" });

/** `from` and `to` are of the click; without them, of any time. */
export const ReasonsQuery = z
  .strictObject({
    program_id: rowNumber.optional(),
    network: networkName.optional(),
    state: z.enum(["rejected", "dead", "withheld"]),
    ...period,
  })
  .refine(inOrder, OUT_OF_ORDER)
  .meta({ id: "ReasonsQuery" });

const countedAll = z.boolean().meta({
  description: "false: there are so many that only the newest were looked at",
});

export const DeliveryReasons = z
  .strictObject({
    data: z
      .array(z.strictObject({ reason: z.string().nullable(), deliveries: z.int() }))
      .meta({ description: "Most frequent first, at most 100" }),
    counted_all: countedAll,
  })
  .meta({ id: "DeliveryReasons" });

/** `from` and `to` are of the click; without them, the last 24 hours. */
export const CountsQuery = z
  .strictObject({ program_id: rowNumber.optional(), network: networkName.optional(), ...period })
  .refine(inOrder, OUT_OF_ORDER)
  .meta({ id: "CountsQuery" });

export const DeliveryCounts = z
  .strictObject({
    pending: z.int(),
    delivered: z.int(),
    rejected: z.int(),
    dead: z.int(),
    withheld: z.int(),
    counted_all: z.boolean().meta({
      description:
        "false: there are so many that of delivered and withheld only the newest were counted, and there may be more; the others are exact",
    }),
  })
  .meta({ id: "DeliveryCounts" });

/** `from` and `to` are of the click. Without a program: of all programs whose network is switched on. */
export const RetryMany = z
  .strictObject({
    program_id: identifier.optional(),
    network: networkName,
    state: z.enum(["dead", "rejected"]),
    from: instantInBody.optional(),
    to: instantInBody.optional(),
    cursor: z
      .string()
      .max(2000)
      .optional()
      .meta({ description: "next_cursor of the call before, which asked for the same" }),
  })
  .refine(inOrder, OUT_OF_ORDER)
  .meta({ id: "RetryMany" });

/** A call takes some thousands: call again with `next_cursor` until it is null, and each has had one retry. */
export const RetriedMany = z
  .strictObject({
    retried: z.int(),
    remaining: z.int().meta({ description: "Still to come after next_cursor" }),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: "RetriedMany" });
