/** What was sent against what Everflow's report shows, for one affiliate in one window of time. Pure. */

import type { Settlement } from "../../delivery/outbox.ts";
import { settledBy } from "../../delivery/unclear.ts";
import { type EverflowClick, eventIdOf, type Seconds } from "../../networks/everflow-api.ts";

export interface Counts {
  sent: number;
  recorded: number;
  missing: number;
  unknown: number;
  duplicates: number;
  unclear_arrived: number;
  unclear_absent: number;
}

/** A delivery to Everflow, as the outbox had it before the report was read. */
export interface KnownDelivery {
  event_id: string;
  link_id: number;
  state: string;
  /** Attempts so far. */
  tried: number;
  /** HTTP status of the last one; null where no answer came, or none was made. */
  last_status: number | null;
}

/** No link of ours. */
export const NO_LINK = 0;

export interface Compared {
  /** By link; {@link NO_LINK} for clicks that carry an id of our form and an offer that no link has. */
  counts: Map<number, Counts>;
  /** Deliveries that are in the report and that the outbox does not have as ended well. */
  settlements: Settlement[];
}

/**
 * @param window unix seconds, `from` inclusive and `to` exclusive: a click of ours belongs to the second that its id
 * begins with, any other to the second of its row.
 * @param known everybody's deliveries in the window, by event id.
 * @param links the affiliate's, by Everflow's offer id.
 */
export function compare(
  rows: Iterable<EverflowClick>,
  window: Seconds,
  click_id_param: string,
  known: ReadonlyMap<string, KnownDelivery>,
  links: ReadonlyMap<number, number>,
): Compared {
  const counts = new Map<number, Counts>();
  const own = new Set(links.values());
  const found = new Map<string, EverflowClick[]>();
  const of = (link: number) => {
    const sums = counts.get(link) ?? { ...NOTHING };
    counts.set(link, sums);
    return sums;
  };
  const isIn = (second: number) => second >= window.from && second < window.to;
  for (const row of rows) {
    const id = eventIdOf(row, click_id_param);
    const ours = id === undefined ? undefined : known.get(id);
    // An affiliate's report has the offers of other programs and of other merchants too: those are not compared.
    if (ours ? !own.has(ours.link_id) : id === undefined && !links.has(row.offer_id)) continue;
    if (ours && !unknown(ours, row)) {
      const before = found.get(ours.event_id);
      if (before) before.push(row);
      else found.set(ours.event_id, [row]);
      continue;
    }
    const second = id === undefined ? row.unix_timestamp : Number.parseInt(id.slice(0, 8), 16);
    if (isIn(second)) of(links.get(row.offer_id) ?? NO_LINK).unknown++;
  }
  const settlements: Settlement[] = [];
  for (const delivery of known.values()) {
    if (!own.has(delivery.link_id)) continue;
    const settlement = count(of(delivery.link_id), delivery, found.get(delivery.event_id) ?? []);
    if (settlement) settlements.push(settlement);
  }
  return { counts, settlements };
}

const NOTHING: Counts = {
  sent: 0,
  recorded: 0,
  missing: 0,
  unknown: 0,
  duplicates: 0,
  unclear_arrived: 0,
  unclear_absent: 0,
};

/** A click that we say was never taken, and that counts there. */
function unknown({ state }: KnownDelivery, { error_code }: EverflowClick): boolean {
  return error_code === 0 && (state === "rejected" || state === "withheld");
}

function count(sums: Counts, delivery: KnownDelivery, rows: EverflowClick[]): Settlement | undefined {
  sums.duplicates += Math.max(0, rows.filter(({ error_code }) => error_code === 0).length - 1);
  // Its answer never came, however it is known by now how it ended; without any attempt it was found after a kill.
  const unclear = delivery.last_status === null && (delivery.tried > 0 || delivery.state === "delivered");
  if (unclear && rows.length > 0) sums.unclear_arrived++;
  if (delivery.state === "delivered") {
    sums.sent++;
    if (rows.length > 0) sums.recorded++;
    else sums.missing++;
    return undefined;
  }
  if (delivery.state !== "pending" && delivery.state !== "dead") return undefined;
  const settlement = settledBy(delivery.event_id, rows);
  if (!settlement) {
    if (unclear) sums.unclear_absent++;
    return undefined;
  }
  if (settlement.state === "delivered") {
    sums.sent++;
    sums.recorded++;
  }
  // Of a first attempt that is under way the courier will know the end itself.
  return delivery.tried > 0 ? settlement : undefined;
}

/** Adds `more` to `sums`. */
export function addCounts(sums: Map<number, Counts>, more: ReadonlyMap<number, Counts>): void {
  for (const [link, counts] of more) {
    const sum = sums.get(link) ?? { ...NOTHING };
    for (const name of Object.keys(NOTHING) as (keyof Counts)[]) sum[name] += counts[name];
    sums.set(link, sum);
  }
}
