/** Which clicks have been seen, in the order of sight: a click is new once. Pure; the times are D1's. */

import type { Belongs } from "./watch.ts";

export interface Sighted extends Belongs {
  id: string;
  recorded_at: number;
}

/** Some megabytes. */
const MOST = 50_000;

export class Sights {
  readonly #seen = new Map<string, Sighted>();
  /** Up to here clicks were forgotten for their number, and would pass for new. */
  #forgotten = 0;

  has(id: string): boolean {
    return this.#seen.has(id);
  }

  /** @returns those that are new, in the order of recording. */
  add(found: Sighted[]): Sighted[] {
    const fresh = found.filter(({ id }) => !this.#seen.has(id)).toSorted(byRecording);
    for (const click of fresh) this.#seen.set(click.id, click);
    return fresh;
  }

  /** What was recorded before is not to be asked for. */
  get since(): number {
    return this.#forgotten + 1;
  }

  /** From the front alone, so that after() has no holes. */
  forget(recordedBefore: number): void {
    for (const [id, { recorded_at }] of this.#seen) {
      const tooMany = this.#seen.size > MOST;
      if (recorded_at >= recordedBefore && !tooMany) return;
      if (tooMany) this.#forgotten = Math.max(this.#forgotten, recorded_at);
      this.#seen.delete(id);
    }
  }

  /** @returns what was seen after a click; undefined where that is not remembered. */
  after(id: string): Sighted[] | undefined {
    if (!this.#seen.has(id)) return undefined;
    const all = [...this.#seen.values()];
    return all.slice(all.findIndex((click) => click.id === id) + 1);
  }
}

export interface Place {
  recorded_at: number;
  id: string;
}

export function byRecording(a: Place, b: Place): number {
  return a.recorded_at - b.recorded_at || Number(a.id > b.id) - Number(a.id < b.id);
}
