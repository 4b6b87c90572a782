/** GET /programs/{id}/snippet: the script tag of a program, for the collector that is asked. */

import { Hono } from "hono";
import type { Env } from "../../env.ts";
import type { AdminEnv } from "../context.ts";
import { hex } from "../hex.ts";
import { refuse } from "../refusal.ts";
import { rowId } from "../row-id.ts";
import { findProgram, NO_PROGRAM } from "./program.ts";
import { integrityOf, servedFile } from "./served-file.ts";

export const snippet = new Hono<AdminEnv>().get("/programs/:id/snippet", async (c) => {
  const program = await findProgram(c.env.DB, rowId(c.req.param("id")));
  if (!program) return refuse(c, NO_PROGRAM);
  const collector = new URL(c.req.url).origin;
  const pinned = await pinnedFile(c.env);
  return c.json({
    tag: tag(collector, "/tracker.js", program.id),
    pinned_tag: pinned && tag(collector, pinned.path, program.id, pinned.integrity),
    collector,
  });
});

/** The file that never changes, by the hash in its name (scripts/build.ts). @returns null where it is not built. */
async function pinnedFile(env: Pick<Env, "ASSETS">): Promise<{ path: string; integrity: string } | null> {
  const tracker = await servedFile(env, "/tracker.js");
  if (!tracker) return null;
  const path = `/tracker.${hex(await crypto.subtle.digest("SHA-256", tracker)).slice(0, 8)}.js`;
  const named = await servedFile(env, path);
  return named ? { path, integrity: await integrityOf(named, "sha384") } : null;
}

function tag(collector: string, path: string, program: number, integrity?: string): string {
  // A host may hold a quote: WHATWG forbids it in none of its parts.
  const src = `${collector}${path}`.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const pin = integrity ? ` integrity="${integrity}" crossorigin="anonymous"` : "";
  return `<script async src="${src}"${pin} data-program="${program}"></script>`;
}
