/** `npm start`: the collector, the demo shop and the demo program, brought up on this machine in one process. */

import { adminApi } from "./admin-api.ts";
import { CannotStart } from "./cannot-start.ts";
import { openDataFolder } from "./data-folder.ts";
import { onEnd } from "./on-end.ts";
import { endOrphans } from "./orphans.ts";
import { assertPortFree } from "./port-free.ts";
import { DEMO_DOMAIN, seedDemo } from "./seed-demo.ts";
import { readSettings } from "./settings.ts";
import { openShop } from "./shop.ts";
import { clickLine, watchClicks } from "./watch-clicks.ts";
import { welcome } from "./welcome.ts";

const HOST = "127.0.0.1";
/** Browsers take every name under .localhost to be this machine: no hosts file, and one site for both. */
const COLLECTOR_DOMAIN = `track.${DEMO_DOMAIN}`;

try {
  await start();
} catch (error) {
  if (!(error instanceof CannotStart)) throw error;
  console.error(`Clickferry cannot start: ${error.message}`);
  process.exit(1);
}

async function start(): Promise<void> {
  const { port, dataDir, demo, ...given } = readSettings(process.env);
  const folder = openDataFolder(dataDir);
  const ended = await endOrphans(folder.path);
  if (ended > 0) console.log("Ended the workerd that an earlier start had left behind.");
  await assertPortFree(port, HOST, "the collector's");
  if (demo) await assertPortFree(port + 1, HOST, "the demo shop's");

  // Not before: it brings the bundler and wrangler along, and a refusal need not wait for them.
  const { openCollector } = await import("./collector.ts");
  const adminToken = given.adminToken ?? folder.secret("admin-token");
  const clickIdSecret = given.clickIdSecret ?? folder.secret("click-id-secret");
  const collector = await openCollector({
    dataDir: folder.path,
    port,
    host: HOST,
    adminToken,
    clickIdSecret,
  });
  const api = adminApi(collector.url, adminToken);

  const collectorUrl = `http://${COLLECTOR_DOMAIN}:${port}`;
  const shopUrl = `http://${DEMO_DOMAIN}:${port + 1}`;
  const seeded = demo ? await seedDemo(api, shopUrl) : undefined;
  const shop = seeded && (await openShop({ port: port + 1, host: HOST, collectorUrl, ...seeded }));
  const watch = await watchClicks(api, (click) => console.log(clickLine(click)));

  onEnd(async () => {
    await watch.close();
    await shop?.close();
    await collector.close();
    folder.close();
  });
  const tokenFile = given.adminToken ? undefined : `${dataDir}/admin-token`;
  console.log(welcome({ collectorUrl, shopUrl, links: seeded?.links ?? [], adminToken, tokenFile }));
}
