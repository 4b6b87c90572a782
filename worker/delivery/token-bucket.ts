/** A token bucket: `per_second` calls a second, and as many at once after a pause. The clock is passed in. */
export class TokenBucket {
  readonly #per_second: number;
  #tokens: number;
  #at: number | undefined;

  constructor(per_second: number) {
    this.#per_second = per_second;
    this.#tokens = per_second;
  }

  /**
   * Takes a token, one that is still to come if need be.
   * @param now unix ms. @returns ms to wait before the call.
   */
  take(now: number): number {
    const passed_ms = Math.max(0, now - (this.#at ?? now));
    this.#tokens = Math.min(this.#per_second, this.#tokens + (passed_ms / 1000) * this.#per_second);
    this.#at = Math.max(now, this.#at ?? now);
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.#per_second) * 1000);
  }
}
