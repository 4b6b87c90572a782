/** Everflow's raw clicks report (seed 002): a partner's own clicks, by its key. Mounted at /v1/affiliates/reporting. */

import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { Env } from "../../env.ts";
import { eflowKey } from "../../inbound/eflow-key.ts";
import { fault, inWords } from "../fault.ts";
import { readText } from "../read-text.ts";
import { newestRows, type ReportRow, rowOf } from "./newest-rows.ts";
import { type PartnerLink, partnerLink, partnerLinks } from "./partner-links.ts";
import { reportedClick } from "./reported-click.ts";
import { ClicksRequest } from "./schema.ts";

const MAX_BODY_BYTES = 64 * 1024;

interface ReportEnv {
  Bindings: Env;
  Variables: { partner_id: number };
}

const guard = createMiddleware<ReportEnv>(async (c, next) => {
  const key = await eflowKey(c.req.raw, c.env, Date.now());
  if (!key) return c.json({ error: "X-Eflow-API-Key is missing or not a key of this collector" }, 401);
  if (key.kind === "too-many") {
    return c.json({ error: "Too many wrong keys from this address: try again later" }, 429, {
      "Retry-After": String(key.retry_after_seconds),
    });
  }
  if (key.kind !== "partner") return c.json({ error: "This report takes a partner's API key" }, 403);
  c.set("partner_id", key.partner_id);
  await next();
  // Visitors' addresses do not belong in a cache.
  c.header("Cache-Control", "no-store");
});

export const everflowClicks = new Hono<ReportEnv>()
  .use(guard)
  .post("/clicks/stream", async (c) => {
    const text = await readText(c.req.raw, MAX_BODY_BYTES);
    if (text === undefined) return c.json({ error: `The body is larger than ${MAX_BODY_BYTES} bytes` }, 413);
    const checked = ClicksRequest.safeParse(json(text), { error: inWords });
    if (!checked.success) return c.json({ error: inOneLine(checked.error) }, 400);
    const partner_id = c.get("partner_id");
    const own = await partnerLinks(c.env.DB, partner_id);
    const { rows, rows_read } = await newestRows(c.env.DB, { partner_id, ...checked.data }, own);
    return c.json({ clicks: await reported(c, rows, own.links) }, 200, rowsRead(own.rows_read + rows_read));
  })
  .all("/clicks/stream", (c) => c.json({ error: "Method not allowed" }, 405, { Allow: "POST" }))
  .get("/clicks/:id", async (c) => {
    const id = c.req.param("id").toLowerCase();
    if (!/^[0-9a-f]{32}$/.test(id)) {
      return c.json({ error: "transaction_id must be 32 hexadecimal characters" }, 400);
    }
    const partner_id = c.get("partner_id");
    const { row, rows_read } = await rowOf(c.env.DB, partner_id, id);
    if (!row) return c.json({ error: "Click not found" }, 404, rowsRead(rows_read));
    const own = await partnerLink(c.env.DB, partner_id, row.link_id);
    const [click] = await reported(c, [row], own.links);
    return click
      ? c.json(click, 200, rowsRead(own.rows_read + rows_read))
      : c.json({ error: "Click not found" }, 404);
  })
  .all("/clicks/:id", (c) => c.json({ error: "Method not allowed" }, 405, { Allow: "GET, HEAD" }));

everflowClicks.onError((error, c) => {
  console.error(`${c.req.method} ${c.req.path} failed`, error);
  return c.json({ error: "Internal error" }, 500);
});

/** A click whose link is gone has no offer to be shown under. */
function reported(c: Context<ReportEnv>, rows: ReportRow[], links: PartnerLink[]) {
  const { host } = new URL(c.req.url);
  const byId = new Map(links.map((link) => [link.id, link]));
  return Promise.all(
    rows.flatMap((row) => {
      const link = byId.get(row.link_id);
      return link ? [reportedClick(row, link, host)] : [];
    }),
  );
}

/** Ours: what the report cost, in the unit that D1 bills. */
function rowsRead(rows_read: number): Record<string, string> {
  return { "X-Rows-Read": String(rows_read) };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No object either, which is what the caller is told.
    return null;
  }
}

function inOneLine(error: Parameters<typeof fault>[0]): string {
  const refusal = fault(error, "body");
  return refusal.kind === "invalid" ? refusal.error : "the request is not valid";
}
