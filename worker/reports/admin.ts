/** Table of contents of the management API (CONTRACTS 7), mounted at /api/admin. */

import { Hono } from "hono";
import { breakdown } from "./breakdown.ts";
import { clicks } from "./clicks.ts";
import type { AdminEnv } from "./context.ts";
import { deliveries } from "./deliveries.ts";
import { deliverySums } from "./delivery-sums.ts";
import { everflowLink } from "./everflow-link.ts";
import { guard } from "./guard.ts";
import { latency } from "./latency.ts";
import { linkImport } from "./link-import/routes.ts";
import { linkList } from "./link-list.ts";
import { linkSparklines } from "./link-sparklines.ts";
import { linkTotals } from "./link-totals.ts";
import { links } from "./links.ts";
import { live } from "./live/route.ts";
import { networks } from "./networks.ts";
import { nothingHere } from "./nothing-here.ts";
import { partners } from "./partners.ts";
import { programs } from "./programs.ts";
import { reconciliation } from "./reconciliation/routes.ts";
import { retries } from "./retries.ts";
import { snippet } from "./setup/snippet.ts";
import { testClick } from "./setup/test-click.ts";
import { setupCheck } from "./setup-check/routes.ts";
import { signIn } from "./sign-in.ts";
import { stats } from "./stats.ts";

const WENT_WRONG =
  "Something went wrong here; it was logged. Try again, and look into the collector's log if it stays so.";

export const admin = new Hono<AdminEnv>();

admin.use(async (c, next) => {
  await next();
  // Keys, addresses, visitors: none of it belongs in a cache.
  c.header("Cache-Control", "no-store");
});
admin.route("/", signIn);
admin.use(guard);
admin.route("/", programs);
admin.route("/", partners);
admin.route("/", linkList);
// Before links, to which "totals" and "sparklines" would be ids.
admin.route("/", linkTotals);
admin.route("/", linkSparklines);
admin.route("/", links);
admin.route("/", linkImport);
admin.route("/", everflowLink);
admin.route("/", snippet);
admin.route("/", testClick);
admin.route("/", setupCheck);
admin.route("/", clicks);
admin.route("/", live);
admin.route("/", deliverySums);
admin.route("/", deliveries);
admin.route("/", retries);
admin.route("/", networks);
admin.route("/", latency);
admin.route("/", stats);
admin.route("/", breakdown);
admin.route("/", reconciliation);
admin.all("*", nothingHere(admin));

admin.onError((error, c) => {
  console.error(`${c.req.method} ${c.req.path} failed`, error);
  return c.json({ error: WENT_WRONG }, 500);
});
