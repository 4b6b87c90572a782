/** Chance that a seed makes again. Pure but for its own state. */

export interface Random {
  /** In [0, 1). */
  number(): number;
  /** A whole number in [0, below). */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<T>(values: readonly T[]): T;
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string;
}

/** mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const number = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(number() * limit);
  return {
    number,
    below,
    chance: (probability) => number() < probability,
    pick: (values) => values[below(values.length)]!,
    hex: (digits) => {
      let text = "";
      while (text.length < digits)
        text += Math.floor(number() * 2 ** 32)
          .toString(16)
          .padStart(8, "0");
      return text.slice(0, digits);
    },
  };
}

/** @returns a draw of the values, each as likely as its weight says. */
export function weighted<T>(
  values: readonly T[],
  weightOf: (value: T, i: number) => number,
): (random: Random) => T {
  let sum = 0;
  const ends = values.map((value, i) => (sum += weightOf(value, i)));
  return (random) => {
    const at = random.number() * sum;
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! <= at) low = middle + 1;
      else high = middle;
    }
    return values[low]!;
  };
}
