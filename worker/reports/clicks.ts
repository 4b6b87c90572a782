/** GET /clicks: click events, newest first. GET /clicks/{click_id}: one, with its customer and its deliveries. */

import { Hono } from "hono";
import type { z } from "zod";
import type { Env } from "../env.ts";
import { CLICK_CSV, type ClickAnswer, type ClickRow, clickAnswer, SELECT_CLICKS } from "./click-row.ts";
import type { AdminEnv } from "./context.ts";
import { type DetailRow, detailAnswer, selectDetails } from "./delivery-row.ts";
import { list } from "./list.ts";
import { newestClicks } from "./newest-clicks.ts";
import { ownPartner } from "./partner-access.ts";
import { query } from "./query.ts";
import { refuse } from "./refusal.ts";
import { ClickQuery, type Customer } from "./schemas/click.ts";
import { prepare, sql } from "./sql.ts";
import { withoutPersonalData } from "./without-personal-data.ts";

type CustomerAnswer = z.output<typeof Customer>;

const OTHER_CLICKS = 100;

export const clicks = new Hono<AdminEnv>()
  .get("/clicks", query(ClickQuery), (c) => {
    const given = c.req.valid("query");
    const forPartner = ownPartner(c) !== undefined;
    const shown = (row: ClickRow) => (forPartner ? withoutPersonalData(clickAnswer(row)) : clickAnswer(row));
    return list<ClickAnswer>(c, given, {
      order: "clicks",
      columns: CLICK_CSV,
      cursor: ({ at, id }) => ({ key: at, id }),
      rows: async (limit, after) => (await newestClicks(c.env.DB, given, limit, after)).map(shown),
    });
  })
  .get("/clicks/:click_id", async (c) => {
    const id = eventId(c.req.param("click_id"));
    const detail = id && (await find(c.env, id));
    return detail ? c.json(detail) : refuse(c, { kind: "not-found", error: "Click not found" });
  });

/** Both names of a click: the event's 32 hexadecimal characters, and the click_id of the customer it began. */
function eventId(text: string): string | undefined {
  return /^(?:cust_([0-9a-f]{32})_\d{1,15}|([0-9a-f]{32}))$/.exec(text)?.slice(1).find(Boolean);
}

async function find(env: Env, id: string) {
  const db = env.DB;
  const click = await prepare(db, sql`${SELECT_CLICKS} WHERE e.id = ${id}`).first<ClickRow>();
  if (!click) return undefined;
  const [customers, others, owed] = (await db.batch([
    prepare(db, sql`SELECT * FROM customers WHERE id = ${click.customer_id}`),
    // The first click is found by its own id, the others by the partial index, whose condition this repeats;
    // the newest are picked out in the index, since one id can be made to click a million times.
    prepare(
      db,
      sql`${SELECT_CLICKS} WHERE e.id <> ${id} AND e.id IN (
          SELECT ${click.customer_id} UNION ALL SELECT id FROM (
            SELECT id FROM affiliate_click_events WHERE customer_id = ${click.customer_id} AND customer_id <> id
            ORDER BY id DESC LIMIT ${OTHER_CLICKS + 1})
        ) ORDER BY e.at DESC, e.id DESC LIMIT ${OTHER_CLICKS}`,
    ),
    prepare(db, selectDetails(sql`d.event_id = ${id}`)),
  ])) as [D1Result<Omit<CustomerAnswer, "click_id">>, D1Result<ClickRow>, D1Result<DetailRow>];
  const customer = customers.results[0];
  return {
    click: clickAnswer(click),
    customer: customer ? { ...customer, click_id: `cust_${customer.id}_${customer.created_at}` } : null,
    everflow_transaction_id: owed.results.find(({ network }) => network === "everflow")?.reference ?? null,
    deliveries: await Promise.all(owed.results.map((row) => detailAnswer(env, row))),
    other_clicks: others.results.map(clickAnswer),
  };
}
