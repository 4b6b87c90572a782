import { z } from "zod";
import { avantlinkClick } from "../../../inbound/avantlink-schema.ts";
import { IDEMPOTENCY_KEY, type Operation, tooLarge } from "../operation.ts";

const AvantlinkError = z
  .object({ error: z.string(), error_key: z.string(), exception: z.string() })
  .meta({ id: "AvantlinkError" });

/** The example that the network's documentation and its tests share. */
const MERCHANT = "6d1b3d5c-8d59-4c43-9d0e-7a3c1f0b2e44";

export const avantlink: Operation[] = [
  {
    method: "post",
    path: "/merchants/{merchant_id}/tracking/click",
    tag: "AvantLink's dialect",
    summary: "Track a click from a merchant's server",
    caller: "anyone",
    parameters: [
      {
        name: "merchant_id",
        in: "path",
        required: true,
        description: "The AvantLink merchant's UUID",
        schema: z.uuid(),
      },
      IDEMPOTENCY_KEY,
    ],
    body: { schema: avantlinkClick },
    answers: [
      { status: 200, description: "Recorded", schema: z.object({ success: z.literal(true) }) },
      { status: 400, description: "Something in the request is wrong", schema: AvantlinkError },
      { status: 404, description: "No program has this merchant", schema: AvantlinkError },
      { status: 409, description: "More than one active program has it", schema: AvantlinkError },
      tooLarge(16, AvantlinkError),
    ],
    examples: [
      {
        name: "A visitor lands",
        path: { merchant_id: MERCHANT },
        body: {
          tracking_ids: {
            user_id: ["u_78901"],
            visitor_id: ["vis_3f2c1a97"],
            avantlink_avad: "77_f3afbe121",
          },
          user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64)...",
          current_url: "https://store.example.com/products/widget?avad=77_f3afbe121",
        },
        status: 200,
        answer: { success: true },
      },
      {
        name: "From PHP",
        path: { merchant_id: MERCHANT },
        body: {
          tracking_ids: {
            user_id: ["123456"],
            visitor_id: ["vis_3f2c1a97"],
            avantlink_avad: "77_f3afbe121",
          },
          user_agent: "",
          current_url: "https://store.example.com/products/widget",
        },
        status: 200,
        answer: { success: true },
      },
      {
        name: "Without a tracking id",
        path: { merchant_id: MERCHANT },
        body: {
          tracking_ids: { user_id: [], visitor_id: [], avantlink_avad: "" },
          user_agent: "",
          current_url: "",
          referrer_url: "",
          google_click_id: "",
          custom_tracking_code: "",
          user_ip_address: "",
        },
        status: 400,
        answer: {
          error: "You must provide at least one tracking id in order to generate a episode_id.",
          error_key: "client.model.merchants_tracking.tracking_ids.blank",
          exception: "InvalidArgumentException",
        },
      },
    ],
  },
];
