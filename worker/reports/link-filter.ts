import type { z } from "zod";
import { foundIn } from "./found-in.ts";
import type { LinkTotalsQuery } from "./schemas/link.ts";
import { linksInScope } from "./scope.ts";
import { all, raw, type Sql, sql } from "./sql.ts";

type Filter = Pick<z.output<typeof LinkTotalsQuery>, "program_id" | "partner_id" | "status" | "q">;

/** @returns the condition on `referral_links l LEFT JOIN partners p` for the links that a list shows. */
export function linkFilter({ status, q, ...scope }: Filter): Sql {
  const conditions: Sql[] = [linksInScope(scope)];
  if (status !== undefined) conditions.push(sql`l.status = ${status}`);
  if (q) {
    // No field has a line's end in it.
    conditions.push(
      foundIn(raw("(l.code || char(10) || l.destination_url || char(10) || coalesce(p.name, ''))"), q),
    );
  }
  return all(conditions);
}
