/** Everflow's metadata (its "Timezones" page). Mounted at /v1/meta. No key: there is nothing of anyone's in it. */

import { Hono } from "hono";
import type { Env } from "../../env.ts";
import { timezones } from "./timezones.ts";

export const everflowMeta = new Hono<{ Bindings: Env }>()
  .get("/timezones", (c) => c.json({ timezones: timezones(Date.now()) }))
  .all("/timezones", (c) => c.json({ error: "Method not allowed" }, 405, { Allow: "GET, HEAD" }));
