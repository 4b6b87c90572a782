import { linksInScope, type Scope } from "./scope.ts";
import { raw, type Sql, sql } from "./sql.ts";

const ALIAS = { hours: "h", dimension_days: "d" };

type Kind = keyof typeof ALIAS;

/**
 * The sums that a report adds up, with their condition: what stands between FROM and GROUP BY. A program's own where no
 * link or partner is asked for: as many as it has hours or values, however many links.
 *
 * @param condition on `h` (hours) or `d` (dimension_days)
 */
export function sums(kind: Kind, given: Scope, condition: Sql): Sql {
  if (given.link_id === undefined && given.partner_id === undefined)
    return programSums(kind, given, condition);
  const alias = ALIAS[kind];
  // CROSS JOIN keeps SQLite to this order: the links first, then of each a range of the primary key.
  return sql`referral_links l CROSS JOIN ${raw(`link_${kind} ${alias} ON ${alias}.link_id = l.id`)} AND ${condition}
    WHERE ${linksInScope(given)}`;
}

export function programSums(kind: Kind, { program_id }: Pick<Scope, "program_id">, condition: Sql): Sql {
  const alias = ALIAS[kind];
  return sql`programs p CROSS JOIN ${raw(`program_${kind} ${alias} ON ${alias}.program_id = p.id`)} AND ${condition}
    WHERE ${program_id === undefined ? raw("TRUE") : sql`p.id = ${program_id}`}`;
}
