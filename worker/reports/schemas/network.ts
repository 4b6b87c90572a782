import { z } from "zod";
import type { NetworkName } from "../../click.ts";
import { identifier, instant } from "./fields.ts";
import { listing, rowNumber, wholeNumber } from "./query.ts";

export const NETWORKS = ["everflow", "avantlink"] as const satisfies NetworkName[];
export const networkName = z.enum(NETWORKS);

const milliseconds = z.int().nullable();

/** How one network takes what one program owes it. */
export const NetworkHealth = z
  .strictObject({
    program_id: identifier,
    network: networkName,
    enabled: z
      .boolean()
      .meta({ description: "false: switched off, or its settings were taken away while clicks waited" }),
    waiting: z.int(),
    oldest_waiting: instant.nullable().meta({ description: "Time of the oldest click that waits" }),
    last_hour: z
      .strictObject({ delivered: z.int(), rejected: z.int(), dead: z.int(), retried: z.int() })
      .meta({ description: "Attempts by what came of them; retried: failed and to be made again" }),
    latency_ms: z.strictObject({ p50: milliseconds, p95: milliseconds }).meta({
      description: "Of the last hour's attempts, rounded up by at most a quarter; null without any",
    }),
    circuit: z
      .strictObject({
        state: z.enum(["closed", "open", "half_open"]),
        failures: z.int().meta({ description: "In a row" }),
        open_until: instant.nullable(),
      })
      .meta({ description: "Of the courier that is worst off, where there are several" }),
  })
  .meta({ id: "NetworkHealth" });

export const NetworkQuery = z
  .strictObject({ program_id: rowNumber.optional(), ...listing })
  .meta({ id: "NetworkQuery" });

export const HourlyLatency = z
  .strictObject({
    t: instant.meta({ description: "The hour's begin, unix milliseconds" }),
    p50: milliseconds,
    p95: milliseconds.meta({ description: "Rounded up by at most a quarter; null without attempts" }),
    attempts: z.int(),
  })
  .meta({ id: "HourlyLatency" });

/** A week: what couriers keep (worker/delivery/health.ts). */
export const MOST_LATENCY_HOURS = 168;

export const LatencyQuery = z
  .strictObject({
    program_id: rowNumber.optional(),
    network: networkName.optional(),
    hours: wholeNumber(1, MOST_LATENCY_HOURS)
      .default(24)
      .meta({ description: `The last so many, the one under way included; at most ${MOST_LATENCY_HOURS}` }),
  })
  .meta({ id: "LatencyQuery" });
