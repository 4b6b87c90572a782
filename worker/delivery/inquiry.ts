/**
 * Asks Everflow about deliveries whose answer never came before they are sent again, beside the courier's attempts: a
 * slow report keeps no other click waiting. One report at a time, about all that came up since the last one began.
 * What it knows is in memory alone; after a kill it asks again.
 */

import type { Env } from "../env.ts";
import { type Calls, isTooManyCalls } from "./calls.ts";
import type { DueDelivery, Settlement } from "./outbox.ts";
import { canBeAsked, settleUnclear } from "./settle-unclear.ts";
import { isUnclear } from "./unclear.ts";

export interface InquiryOptions {
  env: Env;
  /** Of the run that it is beside. */
  calls: Calls;
  /** Everflow has it. */
  settled: (settlement: Settlement) => void;
  /** It is to be sent again: Everflow does not have it, or does not say. Or it could not be asked, and is then to be asked about again. */
  released: (event_id: string) => void;
}

export class Inquiry {
  readonly #options: InquiryOptions;
  #waiting: DueDelivery[] = [];
  #asking: Promise<void> | undefined;
  /** Asked about since their last attempt. */
  readonly #asked = new Set<string>();

  constructor(options: InquiryOptions) {
    this.#options = options;
  }

  get isUnderWay(): boolean {
    return this.#asking !== undefined;
  }

  /** @param interrupted an attempt may have been under way at a kill, which left no trace of it. */
  isNeeded(delivery: DueDelivery, interrupted: boolean): boolean {
    if (!interrupted && !isUnclear(delivery)) return false;
    return !this.#asked.has(delivery.event_id) && canBeAsked(this.#options.env, delivery);
  }

  /** @returns when all of them are settled or released; never rejected. */
  ask(deliveries: readonly DueDelivery[]): Promise<void> {
    this.#waiting.push(...deliveries);
    this.#asking ??= this.#askAll().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** The next time that its answer does not come it has to be asked about anew. */
  attempted(event_id: string): void {
    this.#asked.delete(event_id);
  }

  async #askAll(): Promise<void> {
    const { env, calls, settled, released } = this.#options;
    while (this.#waiting.length > 0) {
      const deliveries = this.#waiting;
      this.#waiting = [];
      // It asks D1 whose key the program's is.
      calls.add();
      let asked = true;
      const settlements = await settleUnclear(env, deliveries, Date.now(), calls.fetch).catch((error) => {
        console.error("asking Everflow failed", error);
        if (isTooManyCalls(error)) {
          calls.refuse();
          asked = false;
        }
        return [];
      });
      const found = new Map(settlements.map((settlement) => [settlement.event_id, settlement]));
      for (const { event_id } of deliveries) {
        const settlement = found.get(event_id);
        if (settlement) {
          settled(settlement);
        } else {
          if (asked) this.#asked.add(event_id);
          released(event_id);
        }
      }
    }
  }
}
