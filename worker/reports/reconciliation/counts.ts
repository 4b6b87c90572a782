/** The figures of a comparison, and their sums. Pure. */

export interface Counts {
  sent: number;
  recorded: number;
  missing: number;
  unknown: number;
  duplicates: number;
  unclear_arrived: number;
  unclear_absent: number;
}

export const NOTHING: Readonly<Counts> = {
  sent: 0,
  recorded: 0,
  missing: 0,
  unknown: 0,
  duplicates: 0,
  unclear_arrived: 0,
  unclear_absent: 0,
};

export function addTo(sum: Counts, more: Readonly<Counts>): void {
  for (const name of Object.keys(NOTHING) as (keyof Counts)[]) sum[name] += more[name];
}

/** By link: adds `more` to `sums`. */
export function addCounts(sums: Map<number, Counts>, more: ReadonlyMap<number, Counts>): void {
  for (const [link, counts] of more) {
    const sum = sums.get(link) ?? { ...NOTHING };
    addTo(sum, counts);
    sums.set(link, sum);
  }
}
