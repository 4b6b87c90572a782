/** Table of contents: routes in the order of the click's way, then what watches over it. */

import { Hono } from "hono";
import type { Env } from "./env.ts";
import { admin } from "./reports/admin.ts";

export { Intake } from "./clicks/intake.ts";

const app = new Hono<{ Bindings: Env }>();

app.route("/api/admin", admin);

export default app satisfies ExportedHandler<Env>;
