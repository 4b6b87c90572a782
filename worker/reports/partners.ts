/** Partners: the affiliates. A partner's key is shown in the one answer that makes it. */

import { Hono } from "hono";
import type { z } from "zod";
import { newPartnerKey } from "../partner-key.ts";
import { body } from "./body.ts";
import type { AdminEnv } from "./context.ts";
import { type CsvColumns, isoTime } from "./csv.ts";
import { list } from "./list.ts";
import { query } from "./query.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { rowId } from "./row-id.ts";
import { NewPartner, type Partner, PartnerChange, PartnerQuery } from "./schemas/partner.ts";

type PartnerAnswer = z.output<typeof Partner>;

/** Never `*`: the hash of the key stays in the database. */
const COLUMNS = "id, name, created_at, updated_at";
const MISSING: Refusal = { kind: "not-found", error: "Partner not found" };

export const partners = new Hono<AdminEnv>()
  .post("/partners", body(NewPartner), async (c) => {
    const { api_key, hash } = await newPartnerKey();
    const partner = await c.env.DB.prepare(
      `INSERT INTO partners (name, api_key_hash, created_at, updated_at) VALUES (?1, ?2, ?3, ?3) RETURNING ${COLUMNS}`,
    )
      .bind(c.req.valid("json").name, hash, Date.now())
      .first<PartnerAnswer>();
    return c.json({ ...partner!, api_key }, 201);
  })
  .get("/partners", query(PartnerQuery), (c) => {
    const { q = "", ...given } = c.req.valid("query");
    return list<PartnerAnswer>(c, given, {
      order: "partners",
      columns: CSV_COLUMNS,
      cursor: ({ id }) => ({ key: id, id }),
      rows: async (limit, after) => {
        const rows = c.env.DB.prepare(
          `SELECT ${COLUMNS} FROM partners WHERE id > ? AND instr(lower(name), lower(?)) > 0 ORDER BY id LIMIT ?`,
        );
        return (await rows.bind(after?.id ?? 0, q, limit).all<PartnerAnswer>()).results;
      },
    });
  })
  .get("/partners/:id", async (c) => {
    const partner = await c.env.DB.prepare(`SELECT ${COLUMNS} FROM partners WHERE id = ?`)
      .bind(rowId(c.req.param("id")) ?? 0)
      .first<PartnerAnswer>();
    return partner ? c.json(partner) : refuse(c, MISSING);
  })
  .patch("/partners/:id", body(PartnerChange), async (c) => {
    const { name } = c.req.valid("json");
    const partner = await c.env.DB.prepare(
      `UPDATE partners SET name = COALESCE(?2, name), updated_at = IIF(?2 IS NULL, updated_at, ?3)
       WHERE id = ?1 RETURNING ${COLUMNS}`,
    )
      .bind(rowId(c.req.param("id")) ?? 0, name ?? null, Date.now())
      .first<PartnerAnswer>();
    return partner ? c.json(partner) : refuse(c, MISSING);
  })
  /** The old key stops at once: there is one key for a partner. */
  .post("/partners/:id/rotate-key", async (c) => {
    const { api_key, hash } = await newPartnerKey();
    const partner = await c.env.DB.prepare(
      `UPDATE partners SET api_key_hash = ?2, updated_at = ?3 WHERE id = ?1 RETURNING ${COLUMNS}`,
    )
      .bind(rowId(c.req.param("id")) ?? 0, hash, Date.now())
      .first<PartnerAnswer>();
    return partner ? c.json({ ...partner, api_key }) : refuse(c, MISSING);
  });

const CSV_COLUMNS: CsvColumns<PartnerAnswer> = {
  id: (partner) => partner.id,
  name: (partner) => partner.name,
  created_at: (partner) => isoTime(partner.created_at),
  updated_at: (partner) => isoTime(partner.updated_at),
};
