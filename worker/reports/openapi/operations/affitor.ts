import { z } from "zod";
import { affitorClick } from "../../../inbound/affitor-schema.ts";
import { IDEMPOTENCY_KEY, type Operation, Refused, tooLarge } from "../operation.ts";

const TrackedClick = z
  .object({
    success: z.boolean(),
    click_id: z.string().optional().meta({ description: "cust_<32 hexadecimal>_<unix ms>" }),
    partner_code: z.string().optional(),
    cookie_window_days: z.int().optional(),
    cookie_set: z.boolean().optional().meta({ description: "The answer set the cookie itself" }),
    message: z.string().optional(),
    data: z.object({ eventId: z.int(), programId: z.int(), test_mode: z.boolean() }).optional(),
  })
  .meta({ id: "TrackedClick" });

const body = {
  affiliate_url: "https://yoursite.com/pricing?aff=PARTNER123",
  page_url: "https://yoursite.com/pricing",
  page_title: "Pricing — YourSite",
  referrer_url: "https://blog.example.com/post",
  session_id: "sess_abc123",
  screen_resolution: "1920x1080",
  viewport_size: "1280x800",
  language: "en-US",
  timezone: "America/New_York",
};

export const affitor: Operation[] = [
  {
    method: "post",
    path: "/api/v1/track/click",
    tag: "Clicks",
    summary: "Track a click",
    description:
      "The click is durable when this answers. An inactive link answers 200 with `success` false; a test click (`additional_data.test_mode`) counts nowhere.",
    caller: "anyone",
    parameters: [IDEMPOTENCY_KEY],
    body: { schema: affitorClick.meta({ id: "AffitorClick" }), types: ["application/json", "text/plain"] },
    answers: [
      { status: 200, description: "Tracked, or the link is inactive", schema: TrackedClick },
      { status: 400, description: "Something in the request is wrong", schema: Refused },
      tooLarge(16),
    ],
    examples: [
      {
        name: "A visitor lands",
        body,
        status: 200,
        answer: {
          success: true,
          click_id: "cust_42_1715000000000",
          partner_code: "PARTNER123",
          cookie_window_days: 60,
        },
      },
      {
        name: "A test click",
        body: { ...body, additional_data: { test_mode: true, program_id: 1 } },
        status: 200,
        answer: {
          success: true,
          message: "Test click event tracked successfully",
          data: { eventId: 101, programId: 1, test_mode: true },
        },
      },
      {
        name: "No referral code",
        body: { affiliate_url: "https://yoursite.com/pricing" },
        status: 400,
        answer: { error: "No aff parameter found in affiliate_url" },
      },
    ],
  },
];
