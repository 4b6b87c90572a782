import { all, type Sql, sql } from "./sql.ts";

/** Whose clicks a report is about. */
export interface Scope {
  program_id?: number | undefined;
  link_id?: number | undefined;
  partner_id?: number | undefined;
}

/** @returns the condition on `referral_links l` for the links that a report is about: all of them without a filter. */
export function linksInScope(given: Scope): Sql {
  const conditions: Sql[] = [];
  if (given.program_id !== undefined) conditions.push(sql`l.program_id = ${given.program_id}`);
  if (given.partner_id !== undefined) conditions.push(sql`l.partner_id = ${given.partner_id}`);
  if (given.link_id !== undefined) conditions.push(sql`l.id = ${given.link_id}`);
  return all(conditions);
}
