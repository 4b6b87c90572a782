import { z } from "zod";
import {
  CountsQuery,
  Delivery,
  DeliveryCounts,
  DeliveryDetail,
  DeliveryQuery,
  DeliveryReasons,
  ReasonsQuery,
  RetriedMany,
  RetryMany,
} from "../../schemas/delivery.ts";
import { HourlyLatency, LatencyQuery, NetworkHealth, NetworkQuery } from "../../schemas/network.ts";
import { type Operation, type Parameter, pageOf, refusals } from "../operation.ts";

const collection = "/api/admin/deliveries";
const one = "/api/admin/deliveries/{id}";
const parameters: Parameter[] = [
  { name: "id", in: "path", required: true, description: "<event_id>.<network>" },
];
const path = { id: "d746e9ab66914764b6a0cf6ab25d0cdf.everflow" };

export const deliveries: Operation[] = [
  {
    method: "get",
    path: collection,
    tag: "Networks",
    summary: "List deliveries, newest click first",
    description:
      "A delivery is kept as long as its click (RETENTION_DAYS), one that is pending until it is settled.",
    caller: "manager",
    query: DeliveryQuery,
    answers: [
      { status: 200, description: "A page, or CSV", schema: pageOf(Delivery), type: "text/csv" },
      ...refusals(400),
    ],
    examples: [
      {
        name: "What was given up",
        query: { program_id: "1", network: "everflow", state: "dead" },
        status: 200,
      },
    ],
  },
  {
    method: "get",
    path: "/api/admin/deliveries/reasons",
    tag: "Networks",
    summary: "Count the reasons of failed or withheld deliveries",
    description: "Of the newest 20,000 failed ones, or those withheld among the newest 200,000 of all.",
    caller: "manager",
    query: ReasonsQuery,
    answers: [{ status: 200, description: "The reasons", schema: DeliveryReasons }, ...refusals(400)],
    examples: [
      {
        name: "Why Everflow refused clicks of a day",
        query: {
          program_id: "1",
          network: "everflow",
          state: "rejected",
          from: "2026-11-20",
          to: "2026-11-21",
        },
        status: 200,
      },
    ],
  },
  {
    method: "get",
    path: "/api/admin/deliveries/counts",
    tag: "Networks",
    summary: "Count deliveries by their state",
    description:
      "Of the clicks of a period; without `from`, of the 24 hours before `to`, or before now. `pending`, `rejected` and `dead` are exact; `delivered` and `withheld` are looked for among the newest 200,000 of all programs.",
    caller: "manager",
    query: CountsQuery,
    answers: [{ status: 200, description: "The counts", schema: DeliveryCounts }, ...refusals(400)],
    examples: [{ name: "Since yesterday", query: { program_id: "1" }, status: 200 }],
  },
  {
    method: "get",
    path: one,
    tag: "Networks",
    summary: "Show a delivery with its attempts",
    caller: "manager",
    parameters,
    answers: [{ status: 200, description: "The delivery", schema: DeliveryDetail }, ...refusals(404)],
    examples: [{ name: "A delivery", path, status: 200 }],
  },
  {
    method: "post",
    path: "/api/admin/deliveries/{id}/retry",
    tag: "Networks",
    summary: "Send a failed delivery again",
    caller: "manager",
    parameters,
    answers: [
      { status: 200, description: "Due at once", schema: DeliveryDetail },
      ...refusals(400, 404, 409),
    ],
    examples: [{ name: "One that was given up", path, status: 200 }],
  },
  {
    method: "post",
    path: "/api/admin/deliveries/retry",
    tag: "Networks",
    summary: "Send failed deliveries again",
    description:
      "Those of a period of clicks, or all. Some thousands in a call: call again with `next_cursor` until it is null.",
    caller: "manager",
    body: { schema: RetryMany },
    answers: [{ status: 200, description: "Due at once", schema: RetriedMany }, ...refusals(400, 409)],
    examples: [
      {
        name: "All of a day's clicks that were refused",
        body: { network: "avantlink", state: "rejected", from: "2026-11-20", to: "2026-11-21" },
        status: 200,
      },
    ],
  },
  {
    method: "get",
    path: "/api/admin/networks",
    tag: "Networks",
    summary: "How each network takes what it is owed",
    caller: "manager",
    query: NetworkQuery,
    answers: [
      { status: 200, description: "A page, or CSV", schema: pageOf(NetworkHealth), type: "text/csv" },
      ...refusals(400),
    ],
    examples: [{ name: "A program's", query: { program_id: "1" }, status: 200 }],
  },
  {
    method: "get",
    path: "/api/admin/networks/latency",
    tag: "Networks",
    summary: "How long networks took to answer, by hour",
    caller: "manager",
    query: LatencyQuery,
    answers: [
      {
        status: 200,
        description: "Every hour, oldest first",
        schema: z.object({ data: z.array(HourlyLatency) }),
      },
      ...refusals(400),
    ],
    examples: [{ name: "A day of Everflow", query: { program_id: "1", network: "everflow" }, status: 200 }],
  },
];
