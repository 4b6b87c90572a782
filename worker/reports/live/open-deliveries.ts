/** Deliveries of clicks that were shown, until they are settled: what is asked for again. Pure; `now` is passed in. */

import type { OwedAnswer } from "./read-clicks.ts";
import type { Belongs } from "./watch.ts";

const FOLLOWED_MS = 600_000;
/** Clicks: the oldest are followed no more. */
const MOST = 1_000;

interface Followed {
  click: Belongs;
  until: number;
  /** Network → how many attempts were told of. */
  open: Map<string, number>;
}

export class OpenDeliveries {
  readonly #followed = new Map<string, Followed>();

  get ids(): string[] {
    return [...this.#followed.keys()];
  }

  /** A click was shown with its deliveries. */
  follow(id: string, click: Belongs, deliveries: Omit<OwedAnswer, "event_id">[], now: number): void {
    const pending = deliveries.filter(({ state }) => state === "pending");
    // What others were told of a click before is not told anew.
    if (pending.length === 0 || this.#followed.has(id)) return;
    const open = new Map(pending.map(({ network, attempt_count }) => [network, attempt_count]));
    this.#followed.set(id, { click, until: now + FOLLOWED_MS, open });
    if (this.#followed.size > MOST) this.#followed.delete(this.#followed.keys().next().value!);
  }

  /** @returns those that have gone on since they were told of. */
  gone(on: OwedAnswer[], now: number): { delivery: OwedAnswer; click: Belongs }[] {
    const changed: { delivery: OwedAnswer; click: Belongs }[] = [];
    for (const delivery of on) {
      const followed = this.#followed.get(delivery.event_id);
      const told = followed?.open.get(delivery.network);
      if (!followed || told === undefined) continue;
      const settled = delivery.state !== "pending";
      if (!settled && delivery.attempt_count === told) continue;
      changed.push({ delivery, click: followed.click });
      if (settled) followed.open.delete(delivery.network);
      else followed.open.set(delivery.network, delivery.attempt_count);
    }
    for (const [id, { open, until }] of this.#followed) {
      if (open.size === 0 || until < now) this.#followed.delete(id);
    }
    return changed;
  }
}
