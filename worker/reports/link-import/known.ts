/** What D1 has of the links and partners that a file names: a few queries, however many rows. */

import type { z } from "zod";
import { jsonChunks } from "../json-chunks.ts";
import type { LinkEverflow } from "../schemas/link.ts";
import type { Row } from "./table.ts";

export type Everflow = z.output<typeof LinkEverflow>;

export interface KnownLink {
  id: number;
  kind: "partner" | "avantlink";
  program_id: number;
  partner_id: number | null;
  partner_name: string | null;
  destination_url: string;
  status: string;
  everflow: Everflow | null;
}

export interface Known {
  program: { id: number; domains: string[]; landing_url: string };
  /** By code, of all programs; under "avantlink" the program's own built-in link. */
  links: Map<string, KnownLink>;
  partnerIds: Set<number>;
  /** The ids of partners of this name. */
  partnerNames: Map<string, number[]>;
}

type KnownRow = Omit<KnownLink, "everflow"> & { code: string; everflow: string | null };

const LINKS = `SELECT l.id, l.kind, l.code, l.program_id, l.partner_id, p.name AS partner_name, l.destination_url,
    l.status, l.everflow FROM referral_links l LEFT JOIN partners p ON p.id = l.partner_id`;

/** @returns undefined where there is no such program. */
export async function readKnown(db: D1Database, programId: number, rows: Row[]): Promise<Known | undefined> {
  const codes = jsonChunks([...named(rows, "code")]);
  const ids = jsonChunks([...named(rows, "partner_id")].filter((id) => /^\d{1,15}$/.test(id)).map(Number));
  const names = jsonChunks([...named(rows, "partner_name")]);
  const results = await db.batch([
    db.prepare("SELECT id, domains, landing_url FROM programs WHERE id = ?").bind(programId),
    db.prepare(`${LINKS} WHERE l.kind = 'avantlink' AND l.program_id = ?`).bind(programId),
    ...codes.map((chunk) =>
      db
        .prepare(`${LINKS} WHERE l.kind = 'partner' AND l.code IN (SELECT value FROM json_each(?))`)
        .bind(chunk),
    ),
    ...ids.map((chunk) =>
      db.prepare("SELECT id FROM partners WHERE id IN (SELECT value FROM json_each(?))").bind(chunk),
    ),
    ...names.map((chunk) =>
      db.prepare("SELECT id, name FROM partners WHERE name IN (SELECT value FROM json_each(?))").bind(chunk),
    ),
  ]);
  const of = <T>(from: number, count: number) =>
    results.slice(from, from + count).flatMap((result) => result.results as T[]);
  const [program] = of<{ id: number; domains: string; landing_url: string }>(0, 1);
  if (!program) return undefined;
  const links = of<KnownRow>(1, 1 + codes.length);
  const partners = of<{ id: number }>(2 + codes.length, ids.length);
  const partnerNames = new Map<string, number[]>();
  for (const { id, name } of of<{ id: number; name: string }>(2 + codes.length + ids.length, names.length)) {
    partnerNames.set(name, [...(partnerNames.get(name) ?? []), id]);
  }
  return {
    program: { ...program, domains: JSON.parse(program.domains) },
    links: new Map(
      links.map((link) => [link.code, { ...link, everflow: link.everflow && JSON.parse(link.everflow) }]),
    ),
    partnerIds: new Set(partners.map(({ id }) => id)),
    partnerNames,
  };
}

/** Everflow's offer and affiliate as one text. */
export function pairOf({ offer_id, affiliate_id }: Everflow): string {
  return `${offer_id} ${affiliate_id}`;
}

/** @returns of these pairs those that a link has, with its id. */
export async function readPairs(db: D1Database, everflows: Everflow[]): Promise<Map<string, number>> {
  const chunks = jsonChunks(everflows.map(({ offer_id, affiliate_id }) => [offer_id, affiliate_id]));
  if (chunks.length === 0) return new Map();
  const results = await db.batch<{ id: number; offer_id: number; affiliate_id: number }>(
    chunks.map((chunk) => db.prepare(PAIRS).bind(chunk)),
  );
  return new Map(results.flatMap(({ results }) => results.map((row) => [pairOf(row), row.id] as const)));
}

const PAIRS = `SELECT l.id, l.everflow_offer_id AS offer_id, l.everflow_affiliate_id AS affiliate_id
  FROM json_each(?) pair CROSS JOIN referral_links l INDEXED BY referral_links_everflow
  ON l.everflow_offer_id = pair.value ->> 0 AND l.everflow_affiliate_id = pair.value ->> 1`;

function named(rows: Row[], column: string): Set<string> {
  return new Set(rows.map(({ cells }) => cells[column] ?? "").filter((cell) => cell !== ""));
}
