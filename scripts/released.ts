/** Trackers that were deployed: pages may pin one by its hash, so every later build serves it too. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** In version control: whoever builds next has them. */
export const RELEASED = "tracker/released";

/** Of `tracker.HASH.js`. */
export function trackerHash(code: string): string {
  return createHash("sha256").update(code).digest("hex").slice(0, 8);
}

/**
 * @returns the code by file name.
 * @throws {Error} naming a file that was altered: no browser would take it under the hash that pages pin.
 */
export async function releasedTrackers(): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of await readdir(RELEASED).catch(() => [])) {
    const code = await readFile(join(RELEASED, name), "utf8");
    if (name !== `tracker.${trackerHash(code)}.js`) {
      throw new Error(`${RELEASED}/${name} is not what its name says: restore it, or delete it.`);
    }
    files[name] = code;
  }
  return files;
}
