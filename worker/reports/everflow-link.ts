/** POST /links/{id}/everflow-link: asks Everflow (seed 001) for the link's tracking URL there, and keeps it. */

import { Hono } from "hono";
import type { z } from "zod";
import { type ApiSettings, networkAccess, openApi } from "../delivery/everflow-access.ts";
import { isFault } from "../delivery/everflow-api.ts";
import type { AdminEnv } from "./context.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { rowId } from "./row-id.ts";
import type { LinkEverflow } from "./schemas/link.ts";

const MISSING: Refusal = { kind: "not-found", error: "Link not found" };

export const everflowLink = new Hono<AdminEnv>().post("/links/:id/everflow-link", async (c) => {
  const link = await find(c.env.DB, rowId(c.req.param("id")) ?? 0);
  if (!link) return refuse(c, MISSING);
  const { settings, everflow } = link;
  if (!settings) return refuse(c, unfit("the link's program has no Everflow settings"));
  if (!everflow) return refuse(c, unfit("the link has no Everflow offer and affiliate"));
  const access = networkAccess(settings, c.env);
  if ("missing" in access) return refuse(c, unfit(access.missing));
  const { offer_id, affiliate_id, uid, coupon_code: _, ...params } = everflow;
  const made = await openApi(access.access, c.env).trackingUrl({
    network_offer_id: offer_id,
    network_affiliate_id: affiliate_id,
    network_offer_url_id: uid,
    ...params,
  });
  if (isFault(made)) return refuse(c, { kind: "upstream", error: `Everflow: ${made.fault}` });
  await keep(c.env.DB, link.id, everflow, made.url);
  return c.json(made);
});

function unfit(error: string): Refusal {
  return { kind: "conflict", field: "everflow", error };
}

interface Found {
  id: number;
  settings: ApiSettings | null;
  everflow: z.output<typeof LinkEverflow> | null;
}

async function find(db: D1Database, id: number): Promise<Found | undefined> {
  const row = await db
    .prepare(
      `SELECT l.id, l.everflow, p.everflow AS settings
       FROM referral_links l LEFT JOIN programs p ON p.id = l.program_id WHERE l.id = ?`,
    )
    .bind(id)
    .first<{ id: number; everflow: string | null; settings: string | null }>();
  return (
    (row && {
      id: row.id,
      settings: row.settings === null ? null : JSON.parse(row.settings),
      everflow: row.everflow === null ? null : JSON.parse(row.everflow),
    }) ??
    undefined
  );
}

/** Not on a link that meanwhile has another offer: the URL is the old one's. */
async function keep(db: D1Database, id: number, everflow: object, url: string): Promise<void> {
  await db
    .prepare("UPDATE referral_links SET everflow_tracking_url = ? WHERE id = ? AND everflow = ?")
    .bind(url, id, JSON.stringify(everflow))
    .run();
}
