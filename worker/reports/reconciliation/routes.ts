/** POST|GET /reconciliation: what Everflow's own report says of the clicks that were sent to it. */

import { Hono } from "hono";
import { isTooManyCalls } from "../../delivery/calls.ts";
import { REPORT_DAYS, reportedAs } from "../../networks/everflow-api.ts";
import { body } from "../body.ts";
import type { AdminEnv } from "../context.ts";
import { type CsvColumns, isoTime } from "../csv.ts";
import { GONE_BEFORE } from "../gone-before.ts";
import { csvAnswer } from "../list.ts";
import { query } from "../query.ts";
import { type Refusal, refuse } from "../refusal.ts";
import { type ReconciledDay, ReconciliationOrder, ReconciliationQuery } from "../schemas/reconciliation.ts";
import { prepare, sql } from "../sql.ts";
import { comparedProgram } from "./program.ts";
import { daysOf, readReconciliation } from "./read.ts";
import { reconcileDays } from "./reconcile.ts";
import { Run } from "./reconcile-day.ts";

const DAY_MS = 86_400_000;
const USUAL_DAYS = 30;
const TOO_LONG =
  "from and to are too far apart: the runtime makes no more calls for one request. What was compared so far is kept; ask for fewer days";

export const reconciliation = new Hono<AdminEnv>()
  .post("/reconciliation", body(ReconciliationOrder), async (c) => {
    const { program_id, ...period } = c.req.valid("json");
    const program = await comparedProgram(c.env.DB, program_id);
    if (!program) return refuse(c, unfit("program_id is no program's"));
    if (!program.settings) return refuse(c, unfit("program_id is of a program without Everflow settings"));
    const now = Date.now();
    const days = daysOf(period);
    const earliest = Math.ceil(now / DAY_MS - REPORT_DAYS);
    if (days.first < earliest) return refuse(c, tooOld(earliest));
    const run = new Run(c.env, program, now);
    if (!reportedAs(run.click_id_param)) {
      const error = `program_id is of a program whose click_id_param, ${run.click_id_param}, Everflow does not report`;
      return refuse(c, unfit(error));
    }
    const kept = await firstKeptDay(c.env.DB);
    if (days.first < kept) {
      return refuse(c, {
        kind: "invalid",
        field: "from",
        error: `from is of a day whose clicks are not all kept any more: they can be compared from ${isoTime(kept * DAY_MS)} on`,
      });
    }
    try {
      await reconcileDays(run, days);
    } catch (error) {
      if (!isTooManyCalls(error)) throw error;
      return refuse(c, { kind: "invalid", field: "from", error: TOO_LONG });
    }
    const [fault] = run.faults.values();
    if (fault !== undefined && run.faults.size === run.asked.size) {
      return refuse(c, { kind: "upstream", error: `Everflow: ${fault}` });
    }
    return c.json(await readReconciliation(c.env.DB, program_id, days));
  })
  .get("/reconciliation", query(ReconciliationQuery), async (c) => {
    const { program_id, format, ...given } = c.req.valid("query");
    const to = given.to ?? Math.max(Date.now(), given.from ?? 0);
    const from = given.from ?? Math.max(0, to - USUAL_DAYS * DAY_MS);
    const answer = await readReconciliation(c.env.DB, program_id, daysOf({ from, to }));
    return format === "csv" ? csvAnswer(c, COLUMNS, answer.data) : c.json(answer);
  });

/** @returns the first unix day of which no click has been deleted. */
async function firstKeptDay(db: D1Database): Promise<number> {
  const gone_before = await prepare(db, sql`SELECT ${GONE_BEFORE} AS at`).first<number>("at");
  return Math.ceil(gone_before! / DAY_MS);
}

function unfit(error: string): Refusal {
  return { kind: "invalid", field: "program_id", error };
}

/** What Everflow does not show would all be missing, and the figures of when it did overwritten. @param earliest unix days. */
function tooOld(earliest: number): Refusal {
  const day = new Date(earliest * DAY_MS).toISOString().slice(0, 10);
  const why = `Everflow's click report shows ${REPORT_DAYS} days, and what is older would be called missing`;
  return { kind: "invalid", field: "from", error: `from must not be before ${day}: ${why}` };
}

type Day = (typeof ReconciledDay)["_output"];

const COLUMNS: CsvColumns<Day> = {
  day: ({ day }) => isoTime(day),
  affiliate_id: (row) => row.affiliate_id,
  link_id: (row) => row.link_id,
  link_code: (row) => row.link_code,
  sent: (row) => row.sent,
  recorded: (row) => row.recorded,
  missing: (row) => row.missing,
  unknown: (row) => row.unknown,
  duplicates: (row) => row.duplicates,
  unclear_arrived: (row) => row.unclear_arrived,
  unclear_absent: (row) => row.unclear_absent,
  checked_until: (row) => isoTime(row.checked_until),
  checked_at: (row) => isoTime(row.checked_at),
};
