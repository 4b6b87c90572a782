/** A map that forgets: entries end at their time, and the oldest goes when it is full. No clock, `now` is passed in. */

interface Entry<V> {
  value: V;
  until: number;
}

export class BoundedCache<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #maxEntries: number;
  readonly #ttl_ms: number;

  constructor(maxEntries: number, ttl_ms: number) {
    this.#maxEntries = maxEntries;
    this.#ttl_ms = ttl_ms;
  }

  /** @returns undefined for what was never set or has ended. */
  get(key: string, now: number): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.until > now) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: V, now: number): void {
    // Deleted first, so that a renewed entry moves to the young end of the map's insertion order.
    this.#entries.delete(key);
    if (this.#entries.size >= this.#maxEntries) {
      this.#entries.delete(this.#entries.keys().next().value!);
    }
    this.#entries.set(key, { value, until: now + this.#ttl_ms });
  }

  get size(): number {
    return this.#entries.size;
  }
}
