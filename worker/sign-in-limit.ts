/**
 * How many wrong tokens have come from one address. One object for each address, so that no attack on one slows the
 * sign-ins of another; it is empty again when its time is over. No clock, `now` (unix ms) is passed in.
 */

import { DurableObject } from "cloudflare:workers";
import type { Env } from "./env.ts";

/** Wrong tokens that an address may send in a window, which begins with the first of them. */
export const MAX_FAILURES = 10;
export const WINDOW_MS = 15 * 60_000;

interface Window {
  failures: number;
  ends_at: number;
}

export interface Verdict {
  /** Whether this try may still be judged. */
  allowed: boolean;
  /** Should it fail, no other is before then (unix ms); null while there are tries left. */
  blocked_until: number | null;
}

export class SignInLimit extends DurableObject<Env> {
  readonly #storage = this.ctx.storage;

  /**
   * Counts a try as failed. Called before it is judged, or else any number of tries at the same time would find the
   * last one free. A try that is not allowed is not counted: who keeps trying is not kept out for longer.
   */
  async take(now: number): Promise<Verdict> {
    const { failures, ends_at } = this.#window(now);
    if (failures >= MAX_FAILURES) return { allowed: false, blocked_until: ends_at };
    this.#storage.kv.put<Window>("window", { failures: failures + 1, ends_at });
    if (failures === 0) await this.#storage.setAlarm(ends_at);
    return { allowed: true, blocked_until: failures + 1 >= MAX_FAILURES ? ends_at : null };
  }

  /**
   * The token was right. Takes back what its own try was counted, and no more: a partner who signs in between two
   * guesses at somebody else's token gains none.
   */
  async giveBack(now: number): Promise<void> {
    const { failures, ends_at } = this.#window(now);
    if (failures > 1) this.#storage.kv.put<Window>("window", { failures: failures - 1, ends_at });
    else await this.#storage.deleteAll();
  }

  /** The window is over: nothing of the address is kept. */
  override async alarm(): Promise<void> {
    await this.#storage.deleteAll();
  }

  #window(now: number): Window {
    const window = this.#storage.kv.get<Window>("window");
    return window && now < window.ends_at ? window : { failures: 0, ends_at: now + WINDOW_MS };
  }
}
