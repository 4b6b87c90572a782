/** What a network's adapter is. Adapters are pure: no fetch, no clock, no env; only the courier calls out. */

import type { Judgement, NetworkName, OwedClick } from "../click.ts";

/** One call to a network, ready for fetch(). Redirects are not to be followed (CONTRACTS 6). */
export interface OutboundRequest {
  method: "GET" | "POST";
  /** Absolute; the courier checks it with target.ts before it calls. */
  url: string;
  /** Printable ASCII only, so that no visitor's text can make a request that fetch() refuses. */
  headers: Record<string, string>;
  body?: string;
}

/** A network's answer, read: at most 64 KiB of its body. */
export interface NetworkAnswer {
  status: number;
  headers: Pick<Headers, "get">;
  body: string;
  /** 1 for a delivery's first attempt. */
  attempt: number;
  /** Unix ms, for a Retry-After that is a date. */
  now: number;
}

/**
 * A new network is one file with one of these, one line in networks.ts and one conformance table.
 *
 * `C` is how a program's click reaches it: the program's and the link's settings as the management API keeps them.
 */
export interface Network<C> {
  readonly name: NetworkName;
  /**
   * Asynchronous because hashing is.
   * @throws {TypeError} when the connection's origin is no URL: the management API keeps none such.
   */
  request(click: OwedClick, connection: C): Promise<OutboundRequest>;
  /** Every answer has a judgement; a connection that failed or timed out has no answer, and is the courier's. */
  judge(answer: NetworkAnswer): Judgement;
}
