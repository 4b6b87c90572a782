import { Reconciliation, ReconciliationOrder, ReconciliationQuery } from "../../schemas/reconciliation.ts";
import { type Operation, refusals } from "../operation.ts";

const path = "/api/admin/reconciliation";

export const reconciliation: Operation[] = [
  {
    method: "post",
    path,
    tag: "Networks",
    summary: "Compare with Everflow's own click report",
    description:
      "Reads Everflow's report, day by day; unanswered deliveries that are in it are settled. " +
      "It shows 90 days, and clicks are kept for RETENTION_DAYS: an earlier `from` is refused, and the figures of its days stay.",
    caller: "manager",
    body: { schema: ReconciliationOrder },
    answers: [{ status: 200, description: "What was found", schema: Reconciliation }, ...refusals(400, 502)],
    examples: [{ name: "A day", body: { program_id: 1, from: "2026-01-10", to: "2026-01-11" }, status: 200 }],
  },
  {
    method: "get",
    path,
    tag: "Networks",
    summary: "What the last comparisons found",
    description:
      "By link and day; and under faults which affiliates could not be read when they were last asked for.",
    caller: "manager",
    query: ReconciliationQuery,
    answers: [
      { status: 200, description: "By link and day", schema: Reconciliation, type: "text/csv" },
      ...refusals(400),
    ],
    examples: [
      { name: "A month", query: { program_id: "1", from: "2026-01-01", to: "2026-02-01" }, status: 200 },
    ],
  },
];
