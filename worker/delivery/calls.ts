/** What a courier's run asks of others, counted: the runtime counts too, and fails every call beyond its limit. */

/**
 * Calls that a run begins at most: to the network, to Everflow's report, and statements for D1, which count alike. Workers
 * Paid allows an invocation 10,000, and allowed 1,000 until February 2026
 * (https://developers.cloudflare.com/workers/platform/limits/#subrequests). Half of that leaves room for what is still
 * called when a run ends; the next one follows at once, with a count of its own.
 */
const CALLS_PER_RUN = 500;

export class Calls {
  #made = 0;
  #refused = false;

  /** A run begins. */
  begin(): void {
    this.#made = 0;
    this.#refused = false;
  }

  add(): void {
    this.#made++;
  }

  /** The runtime has failed a call, so that it would fail the next ones. */
  refuse(): void {
    this.#refused = true;
  }

  /** Whether the runtime failed a call of this run. */
  get areRefused(): boolean {
    return this.#refused;
  }

  /** How many may follow in this run. */
  get left(): number {
    return this.#refused ? 0 : Math.max(0, CALLS_PER_RUN - this.#made);
  }

  readonly fetch: typeof fetch = (input: RequestInfo | URL, init?: RequestInit) => {
    this.add();
    return fetch(input, init);
  };
}

/**
 * Whether the runtime failed a call because the invocation has made too many: a fault of ours, and nothing was sent.
 * In these words for a fetch and for a call to one of Cloudflare's own services.
 */
export function isTooManyCalls(error: unknown): boolean {
  return error instanceof Error && /\btoo many (subrequests|API requests)\b/i.test(error.message);
}
