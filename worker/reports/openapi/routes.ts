/** GET /openapi.json and GET /docs. Both are made once for an isolate, when they are first asked for. */

import { Hono } from "hono";
import packageJson from "../../../package.json" with { type: "json" };
import type { Env } from "../../env.ts";
import { openapi } from "./document.ts";
import { operations } from "./operations.ts";
import { docsPage, STYLE } from "./page.ts";

const CACHED = { "Cache-Control": "public, max-age=300" };

let document: Record<string, unknown> | undefined;
let policy: string | undefined;

export const documentation = new Hono<{ Bindings: Env }>()
  .get("/openapi.json", (c) => c.json(made(), 200, { ...CACHED, "Access-Control-Allow-Origin": "*" }))
  .get("/docs", async (c) =>
    c.html(docsPage(operations, made(), new URL(c.req.url).origin), 200, {
      ...CACHED,
      "Content-Security-Policy": await contentPolicy(),
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
    }),
  );

function made(): Record<string, unknown> {
  document ??= openapi(operations, packageJson.version);
  return document;
}

/** Nothing but the page's own style, by its hash. */
async function contentPolicy(): Promise<string> {
  if (!policy) {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(STYLE));
    const base64 = btoa(String.fromCharCode(...new Uint8Array(hash)));
    policy = `default-src 'none'; style-src 'sha256-${base64}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  }
  return policy;
}
