/**
 * A map that forgets: entries end at their time, and the oldest goes when it is full. What has ended can be kept for
 * whom an old value serves better than none. No clock, `now` is passed in.
 */

interface Entry<V> {
  value: V;
  until: number;
}

export class BoundedCache<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #maxEntries: number;
  readonly #ttl_ms: number;
  readonly #endedFor_ms: number;

  /** @param endedFor_ms how long an entry is kept after its end, for last(). */
  constructor(maxEntries: number, ttl_ms: number, endedFor_ms = 0) {
    this.#maxEntries = maxEntries;
    this.#ttl_ms = ttl_ms;
    this.#endedFor_ms = endedFor_ms;
  }

  /** @returns undefined for what was never set or has ended. */
  get(key: string, now: number): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.until > now) return entry.value;
    if (entry.until + this.#endedFor_ms <= now) this.#entries.delete(key);
    return undefined;
  }

  /** @returns the value even if it has ended, as long as it is kept. */
  last(key: string, now: number): V | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.until + this.#endedFor_ms > now ? entry.value : undefined;
  }

  set(key: string, value: V, now: number): void {
    // Deleted first, so that a renewed entry moves to the young end of the map's insertion order.
    this.#entries.delete(key);
    if (this.#entries.size >= this.#maxEntries) {
      this.#entries.delete(this.#entries.keys().next().value!);
    }
    this.#entries.set(key, { value, until: now + this.#ttl_ms });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }
}
