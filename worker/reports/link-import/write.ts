/** Writes what a plan makes and changes, in one transaction. */

import { jsonChunks } from "../json-chunks.ts";
import type { Draft } from "./draft.ts";

/** @throws D1's error where a link came meanwhile that has one of the codes or offers: nothing is written then. */
export async function write(db: D1Database, programId: number, plan: Draft[], now: number): Promise<void> {
  const made: unknown[][] = [];
  const changed: unknown[][] = [];
  for (const draft of plan) {
    if (draft.action === "create") {
      const { code, partner_id, destination_url, status, everflow } = draft.link;
      made.push([code, partner_id, destination_url, status, ...everflowColumns(everflow)]);
    } else if (draft.action === "update") {
      const { before, change } = draft;
      const { destination_url = before.destination_url, status = before.status } = change;
      const everflow = change.everflow === undefined ? before.everflow : change.everflow;
      const other = change.everflow === undefined ? 0 : 1;
      changed.push([before.id, destination_url, status, other, ...everflowColumns(everflow)]);
    }
  }
  const statements = [
    ...jsonChunks(changed).map((chunk) => db.prepare(UPDATE).bind(chunk, now)),
    ...jsonChunks(made).map((chunk) => db.prepare(INSERT).bind(chunk, now, programId)),
  ];
  if (statements.length > 0) await db.batch(statements);
}

function everflowColumns(everflow: { offer_id: number; affiliate_id: number } | null): unknown[] {
  if (!everflow) return [null, null, null];
  return [JSON.stringify(everflow), everflow.offer_id, everflow.affiliate_id];
}

const INSERT = `WITH made AS MATERIALIZED (SELECT jsonb(value) AS v FROM json_each(?1))
  INSERT INTO referral_links (code, program_id, partner_id, destination_url, status, everflow,
    everflow_offer_id, everflow_affiliate_id, created_at, updated_at)
  SELECT v ->> 0, ?3, v ->> 1, v ->> 2, v ->> 3, v ->> 4, v ->> 5, v ->> 6, ?2, ?2 FROM made`;

// Everflow's tracking URL was made for the offer and affiliate of before.
const UPDATE = `WITH changed AS MATERIALIZED (SELECT jsonb(value) AS v FROM json_each(?1))
  UPDATE referral_links SET
    destination_url = v ->> 1,
    status = v ->> 2,
    everflow_tracking_url = iif(v ->> 3, NULL, everflow_tracking_url),
    everflow = iif(v ->> 3, v ->> 4, everflow),
    everflow_offer_id = iif(v ->> 3, v ->> 5, everflow_offer_id),
    everflow_affiliate_id = iif(v ->> 3, v ->> 6, everflow_affiliate_id),
    updated_at = ?2
  FROM changed WHERE referral_links.id = v ->> 0`;
