/** What every view and every state of it has to be, whatever is on it. */

import type { Page } from "playwright-core";
import { accessibilityFaults } from "./dashboard.ts";

const PHONE = { width: 360, height: 780 };

/**
 * Looks at it in the light at the width that it has, and in the dark on a phone: colours do not depend on the width.
 *
 * @returns what axe finds, and whether the page scrolls sideways; a line each. To be empty.
 */
export async function lookOver(page: Page): Promise<string[]> {
  const size = page.viewportSize()!;
  // What is about to be replaced is dimmed.
  await page.waitForFunction(() => !document.querySelector(".stale, .loading"));
  const faults: string[] = [];
  for (const [colorScheme, viewport] of [
    ["light", size],
    ["dark", PHONE],
  ] as const) {
    // A colour on its way from one theme to the other is neither's.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize(viewport);
    const at = `${colorScheme}, ${viewport.width} px: `;
    for (const fault of await accessibilityFaults(page)) faults.push(at + fault);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > viewport.width) faults.push(`${at}the page is ${wide} px wide`);
  }
  await page.setViewportSize(size);
  return faults;
}
