import { linksInScope, type Scope } from "./scope.ts";
import { raw, type Sql, sql } from "./sql.ts";

const ALIAS = { hours: "h", dimension_days: "d" };

/**
 * The sums that a report adds up, with their condition: what stands between FROM and GROUP BY. A program's own where no
 * link or partner is asked for: as many as it has hours or values, however many links.
 *
 * @param condition on `h` (hours) or `d` (dimension_days)
 */
export function sums(kind: "hours" | "dimension_days", given: Scope, condition: Sql): Sql {
  const table = (owner: string) => raw(`${owner}_${kind} ${ALIAS[kind]}`);
  const own = (column: string) => raw(`${ALIAS[kind]}.${column}`);
  // CROSS JOIN keeps SQLite to this order: whose they are first, then of each a range of the primary key.
  if (given.link_id === undefined && given.partner_id === undefined) {
    const { program_id } = given;
    return sql`programs p CROSS JOIN ${table("program")} ON ${own("program_id")} = p.id AND ${condition}
      WHERE ${program_id === undefined ? raw("TRUE") : sql`p.id = ${program_id}`}`;
  }
  return sql`referral_links l CROSS JOIN ${table("link")} ON ${own("link_id")} = l.id AND ${condition}
    WHERE ${linksInScope(given)}`;
}
