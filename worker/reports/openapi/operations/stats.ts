import { Breakdown, BreakdownQuery, Stats, StatsQuery } from "../../schemas/stats.ts";
import { type Operation, refusals } from "../operation.ts";

export const stats: Operation[] = [
  {
    method: "get",
    path: "/api/admin/stats",
    tag: "Reports",
    summary: "Clicks over time",
    description: "`from` and `to` without an offset are wall time in `timezone`.",
    caller: "reader",
    query: StatsQuery,
    answers: [
      { status: 200, description: "A bucket for each hour or day", schema: Stats, type: "text/csv" },
      ...refusals(400),
    ],
    examples: [
      {
        name: "A week in New York",
        query: {
          program_id: "1",
          interval: "day",
          timezone: "America/New_York",
          from: "2026-01-05",
          to: "2026-01-12",
        },
        status: 200,
      },
    ],
  },
  {
    method: "get",
    path: "/api/admin/breakdown",
    tag: "Reports",
    summary: "Clicks by country, device, browser, OS, referrer or landing page",
    description:
      "Of whole UTC days, of any length. A period of other hours is counted click by click where there are 10,000 or fewer and all are kept still; else the days that it touches count as a whole. `from` and `to` of the answer are what was counted.",
    caller: "reader",
    query: BreakdownQuery,
    answers: [
      { status: 200, description: "The largest parts first", schema: Breakdown, type: "text/csv" },
      ...refusals(400),
    ],
    examples: [{ name: "By country", query: { by: "country", program_id: "1" }, status: 200 }],
  },
];
