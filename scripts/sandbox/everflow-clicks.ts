/** The clicks that the Everflow sandbox keeps for its reports. */

import type { ClickAnswer } from "./everflow.ts";
import type { Call } from "./sandbox.ts";

export interface StoredClick extends ClickAnswer {
  /** Unix ms. */
  at: number;
  /** "127.0.0.1:PORT" */
  host: string;
  params: Record<string, string>;
  ip: string;
  referer: string;
  language: string;
  user_agent: string;
  is_unique: boolean;
}

/** The report's largest answer. */
const KEPT_CLICKS = 5_000;

export class EverflowClicks {
  readonly #newestLast: StoredClick[] = [];
  readonly #visitors = new Set<string>();

  keep({ at, headers }: Call, params: URLSearchParams, answer: ClickAnswer): void {
    // The visitor's address as a proxy hands it on, the last one it saw first.
    const ip = String(headers["x-forwarded-for"] ?? "")
      .split(",")[0]!
      .trim();
    const visitor = `${answer.oid} ${answer.aid} ${ip}`;
    this.#newestLast.push({
      ...answer,
      at,
      host: headers.host ?? "",
      params: Object.fromEntries(params),
      ip,
      referer: headers.referer ?? "",
      language: headers["accept-language"] ?? "",
      user_agent: headers["user-agent"] ?? "",
      is_unique: !this.#visitors.has(visitor),
    });
    this.#visitors.add(visitor);
    if (this.#newestLast.length === 2 * KEPT_CLICKS) this.#newestLast.splice(0, KEPT_CLICKS);
  }

  /** An affiliate's own, newest first. */
  of(affiliate: number): StoredClick[] {
    return this.#newestLast.filter(({ aid }) => aid === affiliate).reverse();
  }
}
