/** Every endpoint, in the order of the click's way. A new one is a line in its file, or a file and a line here. */

import type { Operation } from "./operation.ts";
import { affitor } from "./operations/affitor.ts";
import { avantlink } from "./operations/avantlink.ts";
import { clicks } from "./operations/clicks.ts";
import { deliveries } from "./operations/deliveries.ts";
import { everflow } from "./operations/everflow.ts";
import { everflowReport } from "./operations/everflow-report.ts";
import { links } from "./operations/links.ts";
import { partners } from "./operations/partners.ts";
import { programs } from "./operations/programs.ts";
import { reconciliation } from "./operations/reconciliation.ts";
import { session } from "./operations/session.ts";
import { setup } from "./operations/setup.ts";
import { stats } from "./operations/stats.ts";
import { trackingLink } from "./operations/tracking-link.ts";

export const operations: readonly Operation[] = [
  ...affitor,
  ...trackingLink,
  ...everflow,
  ...avantlink,
  ...everflowReport,
  ...session,
  ...programs,
  ...partners,
  ...links,
  ...setup,
  ...clicks,
  ...stats,
  ...deliveries,
  ...reconciliation,
];
