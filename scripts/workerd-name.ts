import { join, resolve } from "node:path";

/**
 * The name that the workerd of a data folder runs under. Its settings go in by standard input, so only this tells in a
 * list of processes whose it is, and lets scripts/orphans.ts find one that was left behind.
 */
export function workerdName(dataDir: string): string {
  return join(resolve(dataDir), "workerd");
}
