/** Programs: a merchant's affiliate program, its built-in link and the index of its domains, always in step. */

import { Hono } from "hono";
import type { z } from "zod";
import { targets } from "../env.ts";
import { body } from "./body.ts";
import { conflict } from "./conflict.ts";
import type { AdminEnv } from "./context.ts";
import { type CsvColumns, isoTime } from "./csv.ts";
import { list } from "./list.ts";
import { merchantTaken } from "./merchant-taken.ts";
import { query } from "./query.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { rowId } from "./row-id.ts";
import { NewProgram, type Program, ProgramChange, ProgramQuery } from "./schemas/program.ts";
import { prepare, type Sql, sql } from "./sql.ts";
import { unfitTarget } from "./unfit-target.ts";

type ProgramAnswer = z.output<typeof Program>;

interface ProgramRow extends Omit<ProgramAnswer, "domains" | "honor_gpc" | "everflow" | "avantlink"> {
  domains: string;
  honor_gpc: number;
  everflow: string | null;
  avantlink: string | null;
}

const MISSING: Refusal = { kind: "not-found", error: "Program not found" };

export const programs = new Hono<AdminEnv>()
  .post("/programs", body(NewProgram), async (c) => {
    const given = c.req.valid("json");
    const refusal = unfitTarget(given, targets(c.env)) ?? (await merchantTaken(c.env.DB, given));
    if (refusal) return refuse(c, refusal);
    try {
      return c.json(await create(c.env.DB, given, Date.now()), 201);
    } catch (error) {
      const taken = { field: "id", error: `id ${given.id} is taken by another program` };
      return refuse(c, conflict(error, { "programs.id": taken }));
    }
  })
  .get("/programs", query(ProgramQuery), (c) =>
    list<ProgramAnswer>(c, c.req.valid("query"), {
      order: "programs",
      columns: COLUMNS,
      cursor: ({ id }) => ({ key: id, id }),
      rows: async (limit, after) => {
        const page = sql`SELECT * FROM programs WHERE id > ${after?.id ?? 0} ORDER BY id LIMIT ${limit}`;
        return (await prepare(c.env.DB, withCounters(page)).all<ProgramRow>()).results.map(answer);
      },
    }),
  )
  .get("/programs/:id", async (c) => {
    const program = await find(c.env.DB, rowId(c.req.param("id")));
    return program ? c.json(program) : refuse(c, MISSING);
  })
  .patch("/programs/:id", body(ProgramChange), async (c) => {
    const before = await find(c.env.DB, rowId(c.req.param("id")));
    if (!before) return refuse(c, MISSING);
    const given = c.req.valid("json");
    const { status = before.status, avantlink = before.avantlink } = given;
    const refusal =
      unfitTarget(given, targets(c.env)) ?? (await merchantTaken(c.env.DB, { status, avantlink }, before));
    if (refusal) return refuse(c, refusal);
    return c.json(await change(c.env.DB, before, given, Date.now()));
  });

async function find(db: D1Database, id: number | undefined): Promise<ProgramAnswer | undefined> {
  const row = await prepare(
    db,
    withCounters(sql`SELECT * FROM programs WHERE id = ${id ?? 0}`),
  ).first<ProgramRow>();
  return row ? answer(row) : undefined;
}

/** The programs of a page, each with the sums over its links: a range of referral_links_program for each. */
function withCounters(page: Sql): Sql {
  return sql`WITH page AS (${page})
    SELECT page.*, COALESCE(SUM(l.clicks), 0) AS clicks, COALESCE(SUM(l.unique_clicks), 0) AS unique_clicks,
      COALESCE(SUM(l.bot_clicks), 0) AS bot_clicks, MAX(l.last_clicked) AS last_clicked
    FROM page LEFT JOIN referral_links l ON l.program_id = page.id GROUP BY page.id ORDER BY page.id`;
}

async function create(
  db: D1Database,
  given: z.output<typeof NewProgram>,
  now: number,
): Promise<ProgramAnswer> {
  const domains = given.domains ?? [new URL(given.landing_url).hostname];
  // One transaction. Without an id in the call the later statements find the program as the newest row.
  const [made] = await db.batch<{ id: number }>([
    db
      .prepare(
        `INSERT INTO programs (id, name, landing_url, domains, cookie_window_days, attribution_model, status,
           honor_gpc, everflow, avantlink, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11) RETURNING id`,
      )
      .bind(
        given.id ?? null,
        given.name,
        given.landing_url,
        JSON.stringify(domains),
        given.cookie_window_days,
        given.attribution_model,
        given.status,
        given.honor_gpc ? 1 : 0,
        json(given.everflow),
        json(given.avantlink),
        now,
      ),
    db.prepare(
      `INSERT INTO referral_links (kind, code, program_id, destination_url, created_at, updated_at)
         SELECT 'avantlink', 'avantlink', id, landing_url, created_at, created_at
         FROM programs WHERE rowid = last_insert_rowid()`,
    ),
    db
      .prepare(
        `INSERT INTO program_domains (domain, program_id)
         SELECT value, (SELECT program_id FROM referral_links WHERE rowid = last_insert_rowid()) FROM json_each(?)`,
      )
      .bind(JSON.stringify(domains)),
  ]);
  return (await find(db, made!.results[0]!.id))!;
}

async function change(
  db: D1Database,
  before: ProgramAnswer,
  given: z.output<typeof ProgramChange>,
  now: number,
): Promise<ProgramAnswer> {
  const sets: Record<string, string | number | null> = {};
  for (const [field, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (typeof value === "boolean") sets[field] = value ? 1 : 0;
    else sets[field] = typeof value === "object" ? json(value) : value;
  }
  if (Object.keys(sets).length === 0) return before;
  sets.updated_at = now;
  const columns = Object.keys(sets).map((column, i) => `${column} = ?${i + 2}`);
  const statements = [
    db
      .prepare(`UPDATE programs SET ${columns.join(", ")} WHERE id = ?1`)
      .bind(before.id, ...Object.values(sets)),
  ];
  if (given.domains) {
    statements.push(
      db.prepare("DELETE FROM program_domains WHERE program_id = ?").bind(before.id),
      db
        .prepare("INSERT INTO program_domains (domain, program_id) SELECT value, ?1 FROM json_each(?2)")
        .bind(before.id, sets.domains),
    );
  }
  if (given.landing_url) {
    statements.push(
      db
        .prepare(
          "UPDATE referral_links SET destination_url = ?2, updated_at = ?3 WHERE program_id = ?1 AND kind = 'avantlink'",
        )
        .bind(before.id, given.landing_url, now),
    );
  }
  await db.batch(statements);
  return (await find(db, before.id))!;
}

/** What settings that were saved before these fields existed mean. */
const EVERFLOW_DEFAULTS = { enabled: true, forward_visitor_headers: true };
const AVANTLINK_DEFAULTS = { enabled: true };

function answer(row: ProgramRow): ProgramAnswer {
  return {
    ...row,
    domains: JSON.parse(row.domains),
    honor_gpc: row.honor_gpc === 1,
    everflow: row.everflow === null ? null : { ...EVERFLOW_DEFAULTS, ...JSON.parse(row.everflow) },
    avantlink: row.avantlink === null ? null : { ...AVANTLINK_DEFAULTS, ...JSON.parse(row.avantlink) },
  };
}

function json(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

const COLUMNS: CsvColumns<ProgramAnswer> = {
  id: (program) => program.id,
  name: (program) => program.name,
  domains: (program) => program.domains.join(" "),
  landing_url: (program) => program.landing_url,
  cookie_window_days: (program) => program.cookie_window_days,
  attribution_model: (program) => program.attribution_model,
  status: (program) => program.status,
  honor_gpc: (program) => program.honor_gpc,
  everflow: (program) => program.everflow,
  avantlink: (program) => program.avantlink,
  clicks: (program) => program.clicks,
  unique_clicks: (program) => program.unique_clicks,
  bot_clicks: (program) => program.bot_clicks,
  last_clicked: (program) => isoTime(program.last_clicked),
  created_at: (program) => isoTime(program.created_at),
  updated_at: (program) => isoTime(program.updated_at),
};
