/** POST /links/import: referral links of a program out of a CSV file, with a preview. */

import { Hono } from "hono";
import { conflict } from "../conflict.ts";
import type { AdminEnv } from "../context.ts";
import { TAKEN } from "../links.ts";
import { query } from "../query.ts";
import { readText } from "../read-text.ts";
import { refuse } from "../refusal.ts";
import { LinkImportQuery } from "../schemas/link-import.ts";
import { type Draft, draftOf } from "./draft.ts";
import { EVERFLOW_COLUMNS } from "./everflow-cells.ts";
import { readKnown, readPairs } from "./known.ts";
import { newEverflow, planOf } from "./plan.ts";
import { readTable } from "./table.ts";
import { write } from "./write.ts";

const MAX_BODY_BYTES = 2 * 1024 * 1024;

const COLUMNS = new Set([
  "program_id",
  "code",
  "destination_url",
  "partner_id",
  "partner_name",
  "status",
  ...Object.values(EVERFLOW_COLUMNS),
]);

export const linkImport = new Hono<AdminEnv>().post("/links/import", query(LinkImportQuery), async (c) => {
  const { program_id, dry_run } = c.req.valid("query");
  const text = await readText(c.req.raw, MAX_BODY_BYTES);
  if (text === undefined) return refuse(c, { kind: "too-large", limit_bytes: MAX_BODY_BYTES });
  const malformed = (error: string) => refuse(c, { kind: "invalid", field: "body", error: `body ${error}` });
  // What a decoder writes for bytes that are none of its encoding; a code must not come in mangled.
  if (text.includes("\ufffd")) return malformed("must be UTF-8: save the file as CSV UTF-8");
  const table = readTable(text);
  if ("fault" in table) return malformed(table.fault);
  if (!table.columns.includes("code")) return malformed("has no column code in its first row");
  const known = await readKnown(c.env.DB, program_id, table.rows);
  if (!known) {
    return refuse(c, { kind: "invalid", field: "program_id", error: "program_id is no program's" });
  }
  const drafts = table.rows.map((row) => draftOf(row, known));
  const wanted = drafts.map(newEverflow).filter((everflow) => everflow !== undefined);
  const plan = planOf(drafts, await readPairs(c.env.DB, wanted));
  try {
    if (dry_run === "0") await write(c.env.DB, program_id, plan, Date.now());
  } catch (error) {
    // Another manager was faster since the look at what is there.
    return refuse(c, conflict(error, TAKEN));
  }
  const count = (action: Draft["action"]) => plan.filter((draft) => draft.action === action).length;
  return c.json({
    dry_run: dry_run === "1",
    created: count("create"),
    updated: count("update"),
    unchanged: count("unchanged"),
    failed: count("error"),
    ignored_columns: table.columns.filter((column) => !COLUMNS.has(column)),
    rows: plan.map(({ line, code, action, ...rest }) => ({
      line,
      code,
      action,
      errors: ("errors" in rest && rest.errors) || [],
    })),
  });
});
