/** Partners: the affiliates. A partner's key is shown in the one answer that makes it. */

import { Hono } from "hono";
import type { z } from "zod";
import { newPartnerKey } from "../partner-key.ts";
import { body } from "./body.ts";
import type { AdminEnv } from "./context.ts";
import { type CsvColumns, isoTime } from "./csv.ts";
import { foundIn } from "./found-in.ts";
import { list } from "./list.ts";
import { liveOf } from "./live/live.ts";
import { query } from "./query.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { rowId } from "./row-id.ts";
import { NewPartner, type Partner, PartnerChange, PartnerQuery } from "./schemas/partner.ts";
import { prepare, raw, type Sql, sql } from "./sql.ts";

type PartnerAnswer = z.output<typeof Partner>;

const MISSING: Refusal = { kind: "not-found", error: "Partner not found" };

export const partners = new Hono<AdminEnv>()
  .post("/partners", body(NewPartner), async (c) => {
    const { api_key, hash } = await newPartnerKey();
    const id = await c.env.DB.prepare(
      "INSERT INTO partners (name, api_key_hash, created_at, updated_at) VALUES (?1, ?2, ?3, ?3) RETURNING id",
    )
      .bind(c.req.valid("json").name, hash, Date.now())
      .first<number>("id");
    return c.json({ ...(await find(c.env.DB, id!))!, api_key }, 201);
  })
  .get("/partners", query(PartnerQuery), (c) => {
    const { q = "", ...given } = c.req.valid("query");
    return list<PartnerAnswer>(c, given, {
      order: "partners",
      columns: CSV_COLUMNS,
      cursor: ({ id }) => ({ key: id, id }),
      rows: async (limit, after) => {
        const page = sql`SELECT * FROM partners
          WHERE id > ${after?.id ?? 0} AND ${foundIn(raw("name"), q)} ORDER BY id LIMIT ${limit}`;
        return (await prepare(c.env.DB, withCounters(page)).all<PartnerAnswer>()).results;
      },
    });
  })
  .get("/partners/:id", async (c) => {
    const partner = await find(c.env.DB, rowId(c.req.param("id")));
    return partner ? c.json(partner) : refuse(c, MISSING);
  })
  .patch("/partners/:id", body(PartnerChange), async (c) => {
    const { name } = c.req.valid("json");
    const id = rowId(c.req.param("id"));
    await c.env.DB.prepare(
      `UPDATE partners SET name = COALESCE(?2, name), updated_at = IIF(?2 IS NULL, updated_at, ?3)
       WHERE id = ?1`,
    )
      .bind(id ?? 0, name ?? null, Date.now())
      .run();
    const partner = await find(c.env.DB, id);
    return partner ? c.json(partner) : refuse(c, MISSING);
  })
  /** The old key stops at once: there is one key for a partner. */
  .post("/partners/:id/rotate-key", async (c) => {
    const { api_key, hash } = await newPartnerKey();
    const id = rowId(c.req.param("id"));
    await c.env.DB.prepare("UPDATE partners SET api_key_hash = ?2, updated_at = ?3 WHERE id = ?1")
      .bind(id ?? 0, hash, Date.now())
      .run();
    const partner = await find(c.env.DB, id);
    if (!partner) return refuse(c, MISSING);
    // The key is shown in this answer alone, so it does not fail with this; streams show their key again in minutes.
    await liveOf(c.env)
      .endPartner(partner.id)
      .catch((error) => console.error("a partner's streams were not ended", error));
    return c.json({ ...partner, api_key });
  });

async function find(db: D1Database, id: number | undefined): Promise<PartnerAnswer | undefined> {
  const partner = prepare(db, withCounters(sql`SELECT * FROM partners WHERE id = ${id ?? 0}`));
  return (await partner.first<PartnerAnswer>()) ?? undefined;
}

/**
 * The partners of a page, each with the sums over its programs: a range of partner_program_metrics_partner for each.
 * Never `page.*`: the hash of the key stays in the database.
 */
function withCounters(page: Sql): Sql {
  return sql`WITH page AS (${page})
    SELECT page.id, page.name, COALESCE(SUM(m.clicks), 0) AS clicks,
      COALESCE(SUM(m.unique_clicks), 0) AS unique_clicks, COALESCE(SUM(m.bot_clicks), 0) AS bot_clicks,
      MAX(m.last_clicked) AS last_clicked, page.created_at, page.updated_at
    FROM page LEFT JOIN partner_program_metrics m ON m.partner_id = page.id GROUP BY page.id ORDER BY page.id`;
}

const CSV_COLUMNS: CsvColumns<PartnerAnswer> = {
  id: (partner) => partner.id,
  name: (partner) => partner.name,
  clicks: (partner) => partner.clicks,
  unique_clicks: (partner) => partner.unique_clicks,
  bot_clicks: (partner) => partner.bot_clicks,
  last_clicked: (partner) => isoTime(partner.last_clicked),
  created_at: (partner) => isoTime(partner.created_at),
  updated_at: (partner) => isoTime(partner.updated_at),
};
