/**
 * `node scripts/screenshots.ts URL TOKEN FOLDER [path …]`: every view of a dashboard at three widths, dark and light,
 * as PNG files, to be looked at. Paths are below /dashboard.
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launchBrowser } from "../test/support/node/browser.ts";

const WIDTHS = [360, 1024, 1600];
const THEMES = ["light", "dark"] as const;
const VIEWS = ["/", "/live", "/deliveries", "/setup"];
const HEIGHT = 1000;

const [url, token, folder, ...paths] = process.argv.slice(2);
if (!url || !token || !folder) {
  console.error("Usage: node scripts/screenshots.ts URL TOKEN FOLDER [path …]");
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
const browser = await launchBrowser();
try {
  for (const theme of THEMES) {
    const context = await browser.newContext({
      colorScheme: theme,
      timezoneId: "Europe/Berlin",
      locale: "en-GB",
    });
    const page = await context.newPage();
    await page.goto(`${url}/dashboard/`);
    await page.getByLabel("Admin token").fill(token);
    await page.getByLabel("Admin token").press("Enter");
    await page.getByRole("navigation", { name: "Views" }).waitFor();
    for (const path of paths.length > 0 ? paths : VIEWS) {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: HEIGHT });
        await page.goto(`${url}/dashboard${path}`);
        await page.locator("main h1").first().waitFor();
        await page.waitForFunction(`!document.querySelector('.loading, [aria-busy="true"]')`);
        const name = `${path.replace(/[^\w]+/g, "-").replace(/^-|-$/g, "") || "links"}-${width}-${theme}.png`;
        await page.screenshot({ path: join(folder, name), fullPage: path !== "/live" });
        console.log(name);
      }
    }
    await context.close();
  }
} finally {
  await browser.close();
}
