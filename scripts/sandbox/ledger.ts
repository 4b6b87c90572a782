/** What a sandbox remembers: the newest requests in full, and of every click how often it was taken in. */

import type { IncomingHttpHeaders } from "node:http";

/** A request as it arrived, and what became of it. */
export interface Received {
  /** Unix ms. */
  at: number;
  method: string;
  /** Path and query, byte for byte. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** Ours, where the request carries one. */
  click_id: string | undefined;
  /** The status, or the failure's mode: "200", "hang". */
  outcome: string;
}

export interface Counts {
  requests: number;
  /** Clicks taken in, repeated ones too. */
  clicks: number;
  /** Click ids among them. */
  distinct: number;
  /** clicks - distinct of those with a click id: what a network would see doubled. */
  repeated: number;
}

/** What 50,000 clicks may cost is a string each; their headers and bodies would be a hundred megabytes. */
const REMEMBERED_REQUESTS = 1_000;

export class Ledger {
  #received: Received[] = [];
  readonly #taken = new Map<string, number>();
  readonly #counts: Counts = { requests: 0, clicks: 0, distinct: 0, repeated: 0 };

  /** The newest requests, oldest first. */
  get received(): readonly Received[] {
    return this.#received.slice(-REMEMBERED_REQUESTS);
  }

  get counts(): Counts {
    return { ...this.#counts };
  }

  note(request: Received): void {
    this.#counts.requests++;
    this.#received.push(request);
    if (this.#received.length === 2 * REMEMBERED_REQUESTS) {
      this.#received = this.#received.slice(-REMEMBERED_REQUESTS);
    }
  }

  take(clickId: string | undefined): void {
    this.#counts.clicks++;
    if (!clickId) return;
    const times = this.times(clickId) + 1;
    // Cut out of a URL it would keep the whole URL in memory.
    this.#taken.set(Buffer.from(clickId).toString(), times);
    if (times === 1) this.#counts.distinct++;
    else this.#counts.repeated++;
  }

  /** How often the click was taken in. */
  times(clickId: string): number {
    return this.#taken.get(clickId) ?? 0;
  }
}
