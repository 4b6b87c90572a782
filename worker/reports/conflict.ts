import type { Refusal } from "./refusal.ts";

/**
 * Turns the violation of a unique index into a refusal; anything else is a bug or an outage and is thrown on.
 * Asking first and inserting then would race with another manager; the index does not.
 *
 * @param fields column as SQLite names it ("referral_links.code") → the field it came from and what to say of it.
 */
export function conflict(error: unknown, fields: Record<string, { field: string; error: string }>): Refusal {
  const message = error instanceof Error ? error.message : "";
  const column = /UNIQUE constraint failed: ([\w.]+)/.exec(message)?.[1];
  const known = column && fields[column];
  if (!known) throw error;
  return { kind: "conflict", ...known };
}
