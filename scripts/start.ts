/** `npm start`: collector, demo program, its shop and its networks, brought up on this machine in one process. */

import { debuglog } from "node:util";
import { adminApi } from "./admin-api.ts";
import { CannotStart } from "./cannot-start.ts";
import { openDataFolder } from "./data-folder.ts";
import { onEnd } from "./on-end.ts";
import { endOrphans } from "./orphans.ts";
import { assertPortFree } from "./port-free.ts";
import { openSandboxes } from "./sandbox/sandboxes.ts";
import { DEMO_DOMAIN, seedDemo } from "./seed-demo.ts";
import { readSettings } from "./settings.ts";
import { openShop } from "./shop.ts";
import { clickLine, clockTime, watchClicks } from "./watch-clicks.ts";
import { welcome } from "./welcome.ts";

const HOST = "127.0.0.1";
/** Browsers take every name under .localhost to be this machine: no hosts file, and one site for both. */
const COLLECTOR_DOMAIN = `track.${DEMO_DOMAIN}`;

try {
  await start();
} catch (error) {
  console.error(`Clickferry cannot start: ${reason(error)}`);
  process.exit(1);
}

/** What nobody foresaw is one line, too: whoever started it reads what the system said, and asks for more if need be. */
function reason(error: unknown): string {
  if (error instanceof CannotStart) return error.message;
  debuglog("clickferry")("%o", error);
  const { message, code } = error as NodeJS.ErrnoException;
  const said = (message || code || String(error)).replace(/\s+/g, " ").trim();
  return `${said} (NODE_DEBUG=clickferry tells where.)`;
}

async function start(): Promise<void> {
  const { port, dataDir, demo, allowLoopbackNetworks, ...given } = readSettings(process.env);
  const folder = openDataFolder(dataDir);
  const ended = await endOrphans(folder.path);
  if (ended > 0) console.log("Ended the workerd that an earlier start had left behind.");
  await assertPortFree(port, HOST, "the collector's");
  const ports = { shop: port + 1, everflow: port + 2, avantlink: port + 3 };
  if (demo) {
    await assertPortFree(ports.shop, HOST, "the demo shop's");
    await assertPortFree(ports.everflow, HOST, "the Everflow sandbox's");
    await assertPortFree(ports.avantlink, HOST, "the AvantLink sandbox's");
  }

  // Not before: it brings the bundler and wrangler along, and a refusal need not wait for them.
  const { openCollector } = await import("./collector.ts");
  const adminToken = given.adminToken ?? folder.secret("admin-token");
  const clickIdSecret = given.clickIdSecret ?? folder.secret("click-id-secret");
  // Before the collector, which goes on at once with what an earlier start still owed them.
  const sandboxes = demo
    ? await openSandboxes({ ports, log: (line) => console.log(`${clockTime(Date.now())}  ${line}`) })
    : undefined;
  const collector = await openCollector({
    dataDir: folder.path,
    port,
    host: HOST,
    adminToken,
    clickIdSecret,
    bindings: {
      ...(given.clickIdSecretPrevious && { CLICK_ID_SECRET_PREVIOUS: given.clickIdSecretPrevious }),
      ...(given.retentionDays && { RETENTION_DAYS: given.retentionDays }),
      ...(allowLoopbackNetworks && { ALLOW_LOOPBACK_NETWORKS: "1" }),
      ...given.everflowKeys,
      // The demo's Everflow is the sandbox, and takes the sandbox's keys alone.
      ...sandboxes?.secrets,
    },
  });
  const api = adminApi(collector.url, adminToken);

  const collectorUrl = `http://${COLLECTOR_DOMAIN}:${port}`;
  const shopUrl = `http://${DEMO_DOMAIN}:${ports.shop}`;
  const seeded = sandboxes && (await seedDemo(api, shopUrl, sandboxes));
  const shop = seeded && (await openShop({ port: ports.shop, host: HOST, collectorUrl, ...seeded }));
  const watch = await watchClicks(api, (click) => console.log(clickLine(click)));

  onEnd(async () => {
    await watch.close();
    await shop?.close();
    await collector.close();
    await sandboxes?.close();
    folder.close();
  });
  const tokenFile = given.adminToken ? undefined : `${dataDir}/admin-token`;
  const parts = seeded && { shopUrl, networks: sandboxes, links: seeded.links };
  console.log(welcome({ collectorUrl, demo: parts, adminToken, tokenFile }));
}
