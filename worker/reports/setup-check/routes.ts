/** GET /programs/{id}/setup-check: what stands between a merchant's page and its first click. Nothing is written. */

import { Hono } from "hono";
import { callSettings } from "../../env.ts";
import type { AdminEnv } from "../context.ts";
import { query } from "../query.ts";
import { refuse } from "../refusal.ts";
import { rowId } from "../row-id.ts";
import { SetupCheckQuery } from "../schemas/setup.ts";
import { findProgram, NO_PROGRAM } from "../setup/program.ts";
import { clickStep, cookieStep } from "./click-steps.ts";
import { cspStep } from "./csp-step.ts";
import { type FetchedPage, fetchPage } from "./fetch-page.ts";
import { firstClick } from "./first-click.ts";
import { pageStep } from "./page-step.ts";
import { readPage } from "./read-page.ts";
import { scriptStep } from "./script-step.ts";
import { type Found, problem, waiting } from "./step.ts";

const DAY_MS = 86_400_000;

export const setupCheck = new Hono<AdminEnv>().get(
  "/programs/:id/setup-check",
  query(SetupCheckQuery),
  async (c) => {
    const program = await findProgram(c.env.DB, rowId(c.req.param("id")));
    if (!program) return refuse(c, NO_PROGRAM);
    const now = Date.now();
    const since = c.req.valid("query").since ?? now - DAY_MS;
    const collector = new URL("/", c.req.url);
    const { timeout_ms, targets } = callSettings(c.env);
    const [fetched, click, link] = await Promise.all([
      fetchPage(program.landing_url, { timeout_ms, targets, fetch }),
      firstClick(c.env.DB, program.id, since),
      newestLink(c.env.DB, program.id),
    ]);
    const { found, page } = pageStep(fetched, program);
    const { script, csp, home } = page
      ? await look(page, collector, program.id, c.env)
      : { script: unread(), csp: unread(), home: collector };
    const visited = URL.parse(click?.page_url ?? "") ?? new URL(program.landing_url);
    return c.json({
      checked_at: now,
      steps: [
        { step: "page", ...found },
        { step: "script", ...script },
        { step: "csp", ...csp },
        { step: "click", ...clickStep(click, program, since, link) },
        { step: "cookie", ...cookieStep(click, program, visited, home) },
      ],
      link: link ?? null,
      click: click ? { id: click.id, at: click.at, page_url: click.page_url, test: click.id === null } : null,
    });
  },
);

async function look(
  page: FetchedPage,
  collector: URL,
  program_id: number,
  env: AdminEnv["Bindings"],
): Promise<{ script: Found; csp: Found; home: URL }> {
  const read = await readPage(page.html, page.url).catch((error: Error) => error);
  if (read instanceof Error) {
    const unreadable = problem(`The page's HTML cannot be read: ${read.message}`, "Wait for the click.");
    return { script: unreadable, csp: unreadable, home: collector };
  }
  const { found, tag } = await scriptStep(read, page.url, { url: collector, program_id, env });
  // A tag that is wrong will be put right: what matters then is whether the right one would do.
  const right = found.state === "problem" ? undefined : tag;
  const csp = cspStep({ ...read, url: page.url, csp: page.csp }, collector, right);
  // The name by which the page calls the collector decides of the cookie.
  return { script: found, csp, home: right?.src ?? collector };
}

function unread(): Found {
  return waiting("The page could not be read");
}

/** @returns the address that a partner would publish: the newest active link's. */
async function newestLink(db: D1Database, programId: number): Promise<string | undefined> {
  const link = await db
    .prepare(
      `SELECT code, destination_url FROM referral_links
       WHERE program_id = ? AND kind = 'partner' AND status = 'active' ORDER BY id DESC LIMIT 1`,
    )
    .bind(programId)
    .first<{ code: string; destination_url: string }>();
  if (!link) return undefined;
  const url = new URL(link.destination_url);
  url.searchParams.set("aff", link.code);
  return url.href;
}
