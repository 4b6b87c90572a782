import { idAt } from "../clicks/id-at.ts";
import { raw, type Sql, sql } from "./sql.ts";

/**
 * Conditions on `deliveries d` for those of clicks in a period, unix ms, `to` exclusive. An id begins with its second;
 * only for a bound within a second the click itself is asked.
 */
export function clickedIn({ from, to }: { from?: number | undefined; to?: number | undefined }): Sql[] {
  const conditions: Sql[] = [];
  const at = raw("(SELECT at FROM affiliate_click_events WHERE id = d.event_id)");
  if (from !== undefined) {
    conditions.push(sql`d.event_id >= ${idAt(from)}`);
    if (from % 1000 !== 0) conditions.push(sql`(d.event_id >= ${idAt(from + 1000)} OR ${at} >= ${from})`);
  }
  if (to !== undefined) {
    conditions.push(sql`d.event_id < ${idAt(to + 999)}`);
    if (to % 1000 !== 0) conditions.push(sql`(d.event_id < ${idAt(to)} OR ${at} < ${to})`);
  }
  return conditions;
}
