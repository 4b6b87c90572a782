/** The list of clicks that a stream adds to. Pure. */

import type { LiveClick, LiveDelivery } from "../../api/types.ts";

/** @returns newest first, each once, at most `most`: after a break the stream may tell of some again. */
export function joinClicks(before: LiveClick[], fresh: LiveClick[], most: number): LiveClick[] {
  const known = new Set(fresh.map(({ id }) => id));
  return [...fresh, ...before.filter(({ id }) => !known.has(id))]
    .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
    .slice(0, most);
}

/** @returns the list with what became of its deliveries. */
export function settle(clicks: LiveClick[], deliveries: LiveDelivery[]): LiveClick[] {
  return clicks.map((click) => {
    const own = deliveries.filter(({ event_id }) => event_id === click.id);
    if (own.length === 0) return click;
    const others = click.deliveries.filter(
      ({ network }) => !own.some((delivery) => delivery.network === network),
    );
    return { ...click, deliveries: [...others, ...own].sort((a, b) => (a.network < b.network ? -1 : 1)) };
  });
}
