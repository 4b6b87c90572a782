/** Expected failures of the management API, as values, and their one mapping to HTTP. */

import type { AdminContext } from "./context.ts";

export type Refusal =
  | { kind: "invalid"; field: string; error: string }
  | { kind: "conflict"; field: string; error: string }
  | { kind: "unauthorized" }
  | { kind: "cross-origin" }
  /** A partner asked for what is not its to read, or to change. */
  | { kind: "not-a-partners" }
  | { kind: "too-many-failures"; retry_after_seconds: number }
  | { kind: "not-found"; error: string }
  | { kind: "wrong-method"; allow: string[] }
  | { kind: "too-large"; limit_bytes: number }
  /** A network that had to be asked did not answer, or said no. */
  | { kind: "upstream"; error: string }
  | { kind: "no-websocket" };

/** @returns the answer to a refused call: `{"error","field"?}`; `field` is the dotted path of what was wrong. */
export function refuse(c: AdminContext, refusal: Refusal): Response {
  switch (refusal.kind) {
    case "invalid":
      return c.json({ error: refusal.error, field: refusal.field }, 400);
    case "conflict":
      return c.json({ error: refusal.error, field: refusal.field }, 409);
    case "unauthorized":
      // RFC 9110, 15.5.2: a 401 names its scheme. Browsers show no dialogue for Bearer.
      return c.json({ error: "Unauthorized" }, 401, { "WWW-Authenticate": 'Bearer realm="Clickferry"' });
    case "cross-origin":
      return c.json({ error: "A session may be used from the dashboard's own origin only" }, 403);
    case "not-a-partners":
      return c.json({ error: "A partner may read its own links and clicks, and nothing else" }, 403);
    case "too-many-failures":
      return c.json({ error: "Too many wrong tokens from this address: try again later" }, 429, {
        "Retry-After": String(refusal.retry_after_seconds),
      });
    case "not-found":
      return c.json({ error: refusal.error }, 404);
    case "wrong-method":
      return c.json({ error: "Method not allowed" }, 405, { Allow: refusal.allow.join(", ") });
    case "too-large":
      return c.json({ error: `The body is larger than ${refusal.limit_bytes} bytes`, field: "body" }, 413);
    case "upstream":
      return c.json({ error: refusal.error }, 502);
    case "no-websocket":
      return c.json({ error: "This is a WebSocket: ask for an upgrade" }, 426, { Upgrade: "websocket" });
  }
}
