import { z } from "zod";
import { identifier, instant } from "./fields.ts";
import { format, inOrder, instantInBody, OUT_OF_ORDER, period, rowNumber } from "./query.ts";

const DAY_MS = 86_400_000;
const MAX_DAYS = 31;

/** Days in UTC; one that the period touches counts as a whole. */
export const ReconciliationOrder = z
  .strictObject({
    program_id: identifier,
    from: instantInBody,
    to: instantInBody,
  })
  .refine(inOrder, OUT_OF_ORDER)
  .refine(({ from, to }) => to - from <= MAX_DAYS * DAY_MS, {
    path: ["from"],
    error: `must not be more than ${MAX_DAYS} days before to`,
  })
  .meta({ id: "ReconciliationOrder" });

export const ReconciliationQuery = z
  .strictObject({ program_id: rowNumber, ...period, format })
  .refine(inOrder, OUT_OF_ORDER)
  .meta({ id: "ReconciliationQuery" });

const counts = {
  sent: z.int().meta({ description: "Deliveries that Everflow took, by its answers or by its report" }),
  recorded: z.int().meta({ description: "Of them, those in its report" }),
  missing: z.int().meta({ description: "Of them, those not in it" }),
  unknown: z.int().meta({ description: "Clicks in it that are no delivery of ours" }),
  duplicates: z.int().meta({ description: "Clicks that count in it beyond the first of the same click id" }),
  unclear_arrived: z
    .int()
    .meta({ description: "Deliveries with an unanswered attempt, which it has: settled" }),
  unclear_absent: z
    .int()
    .meta({ description: "Deliveries with an unanswered attempt, which it does not have: sent again" }),
};

export const ReconciledDay = z
  .strictObject({
    day: instant.meta({ description: "Start of the UTC day, unix milliseconds" }),
    affiliate_id: identifier.meta({ description: "Everflow's" }),
    link_id: identifier.nullable().meta({
      description: "null: clicks there that carry a click id of our form, and whose offer no link has",
    }),
    link_code: z.string().nullable(),
    ...counts,
    checked_until: instant.meta({ description: "Clicks before it were compared" }),
    checked_at: instant,
  })
  .meta({ id: "ReconciledDay" });

export const Reconciliation = z
  .strictObject({
    program_id: identifier,
    from: instant.meta({ description: "Start of the first day" }),
    to: instant.meta({ description: "End of the last day" }),
    totals: z.strictObject(counts),
    data: z.array(ReconciledDay).meta({
      description:
        "First those with something missing, unknown or double; of them and of the others, the newest day first",
    }),
    faults: z.array(z.strictObject({ affiliate_id: identifier, error: z.string(), at: instant })).meta({
      description:
        "Affiliates whose clicks could not be read when they were last asked for, of whichever days; their earlier figures stay",
    }),
  })
  .meta({ id: "Reconciliation" });
