/** Referral links: made, changed, shown. Their list with its counters is link-list.ts. */

import { Hono } from "hono";
import type { z } from "zod";
import { onOwnHosts } from "../own-hosts.ts";
import { body } from "./body.ts";
import { conflict } from "./conflict.ts";
import type { AdminEnv } from "./context.ts";
import { sameEverflow } from "./link-import/everflow-cells.ts";
import { LINK_COLUMNS, type LinkAnswer, type LinkRow, linkAnswer, TOTAL_COLUMNS } from "./link-row.ts";
import { ownPartner } from "./partner-access.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { rowId } from "./row-id.ts";
import { LinkChange, NewLink } from "./schemas/link.ts";

const MISSING: Refusal = { kind: "not-found", error: "Link not found" };
/** Also told row by row of a file (link-import/). */
export const FOREIGN_HOST = {
  kind: "invalid",
  field: "destination_url",
  error: "destination_url must be on one of the program's domains",
} as const;
export const BUILT_IN = {
  kind: "invalid",
  field: "destination_url",
  error: "destination_url of the built-in link is its program's landing_url: change it there",
} as const;
export const TAKEN = {
  "referral_links.code": { field: "code", error: "code is taken by another link" },
  "referral_links.everflow_offer_id": {
    field: "everflow",
    error: "everflow offer_id and affiliate_id are those of another link",
  },
};

export const links = new Hono<AdminEnv>()
  .post("/links", body(NewLink), async (c) => {
    const given = c.req.valid("json");
    const refusal = await unfit(c.env.DB, given);
    if (refusal) return refuse(c, refusal);
    try {
      const id = await create(c.env.DB, given, Date.now());
      return c.json((await find(c.env.DB, id))!, 201);
    } catch (error) {
      return refuse(c, conflict(error, TAKEN));
    }
  })
  .get("/links/:id", async (c) => {
    const link = await find(c.env.DB, rowId(c.req.param("id")));
    const own = ownPartner(c);
    return link && (own === undefined || link.partner_id === own) ? c.json(link) : refuse(c, MISSING);
  })
  .patch("/links/:id", body(LinkChange), async (c) => {
    const given = c.req.valid("json");
    const before = await find(c.env.DB, rowId(c.req.param("id")));
    if (!before) return refuse(c, MISSING);
    if (given.destination_url !== undefined) {
      const refusal = await unfitDestination(c.env.DB, before, given.destination_url);
      if (refusal) return refuse(c, refusal);
    }
    try {
      await change(c.env.DB, before, given, Date.now());
      return c.json((await find(c.env.DB, before.id))!);
    } catch (error) {
      return refuse(c, conflict(error, TAKEN));
    }
  });

async function find(db: D1Database, id: number | undefined): Promise<LinkAnswer | undefined> {
  const row = await db
    .prepare(
      `SELECT ${LINK_COLUMNS}, ${TOTAL_COLUMNS} FROM referral_links l LEFT JOIN partners p ON p.id = l.partner_id WHERE l.id = ?`,
    )
    .bind(id ?? 0)
    .first<LinkRow>();
  return row ? linkAnswer(row) : undefined;
}

async function unfit(db: D1Database, given: z.output<typeof NewLink>): Promise<Refusal | undefined> {
  const [program, partner] = await Promise.all([
    programHosts(db, given.program_id),
    db.prepare("SELECT id FROM partners WHERE id = ?").bind(given.partner_id).first(),
  ]);
  if (!program) return { kind: "invalid", field: "program_id", error: "program_id is no program's" };
  if (!partner) return { kind: "invalid", field: "partner_id", error: "partner_id is no partner's" };
  return onOwnHosts(given.destination_url, program) ? undefined : FOREIGN_HOST;
}

async function unfitDestination(
  db: D1Database,
  link: LinkAnswer,
  destinationUrl: string,
): Promise<Refusal | undefined> {
  if (link.kind === "avantlink") return BUILT_IN;
  const program = await programHosts(db, link.program_id);
  return program && onOwnHosts(destinationUrl, program) ? undefined : FOREIGN_HOST;
}

async function programHosts(db: D1Database, id: number) {
  const row = await db
    .prepare("SELECT domains, landing_url FROM programs WHERE id = ?")
    .bind(id)
    .first<{ domains: string; landing_url: string }>();
  return row && { domains: JSON.parse(row.domains) as string[], landing_url: row.landing_url };
}

async function create(db: D1Database, given: z.output<typeof NewLink>, now: number): Promise<number> {
  const { everflow } = given;
  const id = await db
    .prepare(
      `INSERT INTO referral_links (code, program_id, partner_id, destination_url, status, everflow,
         everflow_offer_id, everflow_affiliate_id, created_at, updated_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9) RETURNING id`,
    )
    .bind(
      given.code,
      given.program_id,
      given.partner_id,
      given.destination_url,
      given.status,
      everflow && JSON.stringify(everflow),
      everflow?.offer_id ?? null,
      everflow?.affiliate_id ?? null,
      now,
    )
    .first<number>("id");
  return id!;
}

async function change(
  db: D1Database,
  before: LinkAnswer,
  given: z.output<typeof LinkChange>,
  now: number,
): Promise<void> {
  const sets: Record<string, string | number | null> = {};
  if (given.destination_url !== undefined) sets.destination_url = given.destination_url;
  if (given.status !== undefined) sets.status = given.status;
  if (given.everflow !== undefined && !sameEverflow(given.everflow, before.everflow)) {
    sets.everflow = given.everflow && JSON.stringify(given.everflow);
    // It was made for the offer and affiliate of before.
    sets.everflow_tracking_url = null;
    sets.everflow_offer_id = given.everflow?.offer_id ?? null;
    sets.everflow_affiliate_id = given.everflow?.affiliate_id ?? null;
  }
  if (Object.keys(sets).length === 0) return;
  sets.updated_at = now;
  const columns = Object.keys(sets).map((column, i) => `${column} = ?${i + 2}`);
  await db
    .prepare(`UPDATE referral_links SET ${columns.join(", ")} WHERE id = ?1`)
    .bind(before.id, ...Object.values(sets))
    .run();
}
