/** Setting a program up: its tag, a test click to a network, and what stands between a page and its first click. */

import { z } from "zod";
import { identifier, instant } from "./fields.ts";
import { networkName } from "./network.ts";
import { instantUtc } from "./query.ts";

export const Snippet = z
  .strictObject({
    tag: z.string().meta({ description: "Always the newest tracker" }),
    pinned_tag: z
      .string()
      .nullable()
      .meta({ description: "Today's tracker alone, by its hash; null where the tracker is not built" }),
    collector: z.string().meta({ description: "Origin of the collector, as it was called" }),
  })
  .meta({ id: "Snippet" });

export const NewTestClick = z
  .strictObject({
    network: networkName,
    link_id: identifier.optional().meta({
      description:
        "Whose Everflow offer and affiliate; the program's newest active link that has some if unset",
    }),
  })
  .meta({ id: "NewTestClick" });

const httpHeaders = z.record(z.string(), z.string());

export const TestClick = z
  .strictObject({
    network: networkName,
    request: z.strictObject({
      method: z.enum(["GET", "POST"]),
      url: z.string(),
      headers: httpHeaders,
      body: z.string().nullable(),
    }),
    response: z
      .strictObject({
        status: z.int(),
        headers: httpHeaders,
        body: z.string().meta({ description: "Its first 64 KiB" }),
      })
      .nullable()
      .meta({ description: "Null where no answer came" }),
    duration_ms: z.int(),
    outcome: z.strictObject({
      state: z
        .enum(["delivered", "rejected", "pending"])
        .meta({ description: "What a real click's delivery would be now; pending: it would be tried again" }),
      reason: z.string(),
      reference: z.string().nullable().meta({ description: "The network's own id of the click" }),
    }),
  })
  .meta({ id: "TestClick" });

export const SetupCheckQuery = z
  .strictObject({
    since: instantUtc.optional().meta({ description: "Clicks from then on; a day ago if unset" }),
  })
  .meta({ id: "SetupCheckQuery" });

export const SetupStep = z
  .strictObject({
    step: z.enum(["page", "script", "csp", "click", "cookie"]),
    state: z
      .enum(["ok", "waiting", "problem"])
      .meta({ description: "waiting: nothing wrong is seen, and nothing proved" }),
    words: z.string(),
    hint: z.string().optional().meta({ description: "What to do" }),
  })
  .meta({ id: "SetupStep" });

export const SetupCheck = z
  .strictObject({
    checked_at: instant,
    steps: z.array(SetupStep),
    link: z.string().nullable().meta({
      description:
        "A referral link of the program, to be opened: its newest active one; null where it has none",
    }),
    click: z
      .strictObject({
        id: z.string().nullable().meta({ description: "The event's; null for a test event" }),
        at: instant,
        page_url: z.string().nullable(),
        test: z.boolean(),
      })
      .nullable()
      .meta({ description: "The first of the program since then; a click before a test event" }),
  })
  .meta({ id: "SetupCheck" });
