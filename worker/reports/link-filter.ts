import type { z } from "zod";
import type { LinkTotalsQuery } from "./schemas/link.ts";
import { linksInScope } from "./scope.ts";
import { all, raw, type Sql, sql } from "./sql.ts";

type Filter = Pick<z.output<typeof LinkTotalsQuery>, "program_id" | "partner_id" | "status" | "q">;

/** @returns the condition on `referral_links l LEFT JOIN partners p` for the links that a list shows. */
export function linkFilter({ status, q, ...scope }: Filter): Sql {
  const conditions: Sql[] = [linksInScope(scope)];
  if (status !== undefined) conditions.push(sql`l.status = ${status}`);
  if (q) {
    // Not LIKE: D1 refuses patterns over 50 bytes.
    const texts = ["l.code", "l.destination_url", "p.name"];
    const found = texts.map((text) => sql`instr(lower(${raw(text)}), lower(${q})) > 0`);
    conditions.push(sql`(${found[0]} OR ${found[1]} OR ${found[2]})`);
  }
  return all(conditions);
}
