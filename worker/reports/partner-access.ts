/**
 * What a partner may do here: read its own links and clicks. The guard refuses all else with 403, also what does not
 * exist yet, and query.ts limits what it may read to its own.
 *
 * A new report for partners needs three things:
 * 1. its path in PARTNER_MAY_READ below, and `caller: "reader"` in its OpenAPI operation;
 * 2. its parameters checked by `query(Schema)`. What that hands to the handler then has the partner's own
 *    `partner_id`, whether or not Schema has such a parameter, and a foreign `link_id` was answered 404;
 * 3. a statement that honours `partner_id`, as `linksInScope(given)` does:
 *
 *        .get("/links/totals", query(TotalsQuery), async (c) => {
 *          const given = c.req.valid("query");
 *          sql`SELECT COUNT(*) FROM referral_links l WHERE ${linksInScope(given)}`
 *
 * What names a row by its path, or holds ids in a parameter, filters by {@link ownPartner}: undefined for an admin.
 */

import type { AdminContext } from "./context.ts";

const PARTNER_MAY_READ: readonly RegExp[] = [
  /^\/session$/,
  /^\/links$/,
  // A number, so that no future /links/{word} is open by accident.
  /^\/links\/\d+$/,
  /^\/links\/totals$/,
  /^\/links\/sparklines$/,
  /^\/stats$/,
  /^\/breakdown$/,
  /^\/clicks$/,
  /^\/live$/,
];

/** @param path below the mount. */
export function partnerMay(method: string, path: string): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  return PARTNER_MAY_READ.some((pattern) => pattern.test(path));
}

/** @returns the id of the partner who calls, to whose rows the answer is limited; undefined: an admin, who sees all. */
export function ownPartner(c: AdminContext): number | undefined {
  return c.get("identity").partner?.id;
}
