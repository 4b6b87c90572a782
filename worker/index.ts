/** Table of contents: routes in the order of the click's way, then what watches over it. */

import { Hono } from "hono";
import { deleteOldClicks } from "./clicks/retention.ts";
import { dashboardFile } from "./dashboard-file.ts";
import { sweep } from "./delivery/sweep.ts";
import type { Env } from "./env.ts";
import { trackClick } from "./inbound/affitor.ts";
import { avantlinkTracking } from "./inbound/avantlink.ts";
import { clk } from "./inbound/everflow-clk.ts";
import { generateTrackingLink } from "./inbound/everflow-links.ts";
import { sdkClick } from "./inbound/everflow-sdk.ts";
import { followTrackingLink } from "./inbound/tracking-link.ts";
import { admin } from "./reports/admin.ts";
import { everflowClicks } from "./reports/everflow/clicks.ts";
import { everflowMeta } from "./reports/everflow/meta.ts";
import { documentation } from "./reports/openapi/routes.ts";
import { reconcile } from "./reports/reconciliation/reconcile.ts";
import { trackerFile } from "./tracker-file.ts";

export { Intake } from "./clicks/intake.ts";
export { Courier } from "./delivery/courier.ts";
export { Live } from "./reports/live/live.ts";
export { SignInLimit } from "./sign-in-limit.ts";

/** As wrangler.toml has it; every other trigger is the minute's. */
const RECONCILIATION = "17 */6 * * *";

/** Exported for the test that holds the documentation against its routes. */
export const app = new Hono<{ Bindings: Env }>();

app.all("/api/v1/track/click", (c) => trackClick(c.req.raw, c.env, Date.now()));
app.all("/c/*", (c) => followTrackingLink(c.req.raw, c.env, Date.now()));
app.all("/clk", (c) => clk(c.req.raw, c.env, Date.now()));
app.all("/sdk/click", (c) => sdkClick(c.req.raw, c.env, Date.now()));
app.all("/v1/networks/tracking/offers/clicks", (c) => generateTrackingLink(c.req.raw, c.env));
app.all("/merchants/:merchant_id/tracking/click", (c) =>
  avantlinkTracking(c.req.raw, c.req.param("merchant_id"), c.env, Date.now()),
);

app.route("/v1/affiliates/reporting", everflowClicks);
app.route("/v1/meta", everflowMeta);
app.route("/api/admin", admin);
app.route("/", documentation);
app.on(["GET", "HEAD"], ["/dashboard", "/dashboard/*"], (c) => dashboardFile(c.req.raw, c.env));

app.notFound((c) => trackerFile(c.req.raw, c.env) ?? c.json({ error: "Not found" }, 404));

/** Neither waits for the other or stops it; what failed is told, and fails the run. */
async function everyMinute(env: Env, now: number): Promise<void> {
  const ends = await Promise.allSettled([sweep(env, now), deleteOldClicks(env, now)]);
  const failures = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
  for (const failure of failures) console.error("every minute", failure);
  if (failures.length > 0) throw failures[0];
}

export default {
  fetch: app.fetch,
  scheduled: (event, env) =>
    (event.cron === RECONCILIATION ? reconcile : everyMinute)(env, event.scheduledTime),
} satisfies ExportedHandler<Env>;
