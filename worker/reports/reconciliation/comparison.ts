/** What was sent against what Everflow's report shows, for one affiliate in one window of time. No I/O, no clock. */

import type { Settlement } from "../../delivery/outbox.ts";
import { type Ending, settledBy } from "../../delivery/unclear.ts";
import { type EverflowClick, eventIdOf, type Seconds } from "../../networks/everflow-api.ts";
import { type Counts, NOTHING } from "./counts.ts";

/** A delivery to Everflow, as the outbox had it before the report was read. */
export interface KnownDelivery {
  event_id: string;
  program_id: number;
  link_id: number;
  /** Everflow's, that it was sent with; of what has not been sent, the link's. */
  affiliate_id: number | null;
  state: string;
  /** Attempts so far. */
  tried: number;
  /** Of them, those whose answer says what became of the click. */
  answers: number;
  /** 1 where an attempt's answer never came, or could not be read: see worker/delivery/unclear.ts. */
  unclear: number;
  /** 1 where it was settled from the report. */
  found: number;
  /** Everflow's id of the click that it answered with, or that was found. */
  reference: string | null;
}

/** No link of ours. */
export const NO_LINK = 0;

export interface Compared {
  /** By link; {@link NO_LINK} for clicks that carry an id of our form and an offer that no link has. */
  counts: Map<number, Counts>;
  /** Deliveries that are in the report and that the outbox does not have as ended well. */
  settlements: Settlement[];
}

export interface Scope {
  /**
   * Unix seconds, `from` inclusive and `to` exclusive: a click of ours belongs to the second that its id begins with,
   * any other to the second of its row.
   */
  window: Seconds;
  click_id_param: string;
  program_id: number;
  /** Everflow's. */
  affiliate_id: number;
  /** Everybody's deliveries in the window, by event id. */
  known: ReadonlyMap<string, KnownDelivery>;
  /** The affiliate's, by Everflow's offer id. */
  links: ReadonlyMap<number, number>;
}

/**
 * Takes the report slice by slice and keeps nothing of a row but how a delivery of ours ended: a day's rows are some
 * kilobytes each, and an affiliate's are of other merchants too.
 */
export class Comparison {
  readonly #scope: Scope;
  readonly #counts = new Map<number, Counts>();
  readonly #found = new Map<string, Ending[]>();

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  add(rows: Iterable<EverflowClick>): void {
    const { window, click_id_param, known, links } = this.#scope;
    for (const row of rows) {
      const id = eventIdOf(row, click_id_param);
      const ours = id === undefined ? undefined : known.get(id);
      // An affiliate's report has the offers of other programs and of other merchants too: those are not compared.
      if (ours ? !this.#isOwn(ours) : id === undefined && !links.has(row.offer_id)) continue;
      if (ours && !unknown(ours, row)) {
        const { transaction_id, error_code } = row;
        const before = this.#found.get(ours.event_id);
        if (before) before.push({ transaction_id, error_code });
        else this.#found.set(ours.event_id, [{ transaction_id, error_code }]);
        continue;
      }
      const second = id === undefined ? row.unix_timestamp : Number.parseInt(id.slice(0, 8), 16);
      if (second < window.from || second >= window.to) continue;
      this.#of(links.get(row.offer_id) ?? NO_LINK).unknown++;
    }
  }

  /** After the last slice. */
  end(): Compared {
    const settlements: Settlement[] = [];
    for (const delivery of this.#scope.known.values()) {
      if (!this.#isOwn(delivery)) continue;
      const rows = this.#found.get(delivery.event_id) ?? [];
      const settlement = count(this.#of(delivery.link_id), delivery, rows);
      if (settlement) settlements.push(settlement);
    }
    return { counts: this.#counts, settlements };
  }

  #isOwn({ program_id, affiliate_id }: KnownDelivery): boolean {
    return program_id === this.#scope.program_id && affiliate_id === this.#scope.affiliate_id;
  }

  #of(link: number): Counts {
    const sums = this.#counts.get(link) ?? { ...NOTHING };
    this.#counts.set(link, sums);
    return sums;
  }
}

/** A click that we say was never taken, and that counts there. */
function unknown({ state }: KnownDelivery, { error_code }: Ending): boolean {
  return error_code === 0 && (state === "rejected" || state === "withheld");
}

function count(sums: Counts, delivery: KnownDelivery, rows: readonly Ending[]): Settlement | undefined {
  sums.duplicates += Math.max(0, rows.filter(({ error_code }) => error_code === 0).length - 1);
  // However it is known by now how it ended; without any attempt it was found after a kill.
  if (delivery.found || (delivery.unclear && arrived(delivery, rows))) sums.unclear_arrived++;
  else if (delivery.unclear) sums.unclear_absent++;
  if (delivery.state === "delivered") {
    sums.sent++;
    if (rows.length > 0) sums.recorded++;
    else sums.missing++;
    return undefined;
  }
  if (delivery.state !== "pending" && delivery.state !== "dead") return undefined;
  const settlement = settledBy(delivery.event_id, rows);
  if (!settlement) return undefined;
  if (settlement.state === "delivered") {
    sums.sent++;
    sums.recorded++;
  }
  // Of a first attempt that is under way the courier will know the end itself.
  return delivery.tried > 0 ? settlement : undefined;
}

/** Whether a row is of the unanswered attempt: not one that another attempt's answer told of. */
function arrived({ state, answers, reference }: KnownDelivery, rows: readonly Ending[]): boolean {
  if (state === "delivered") return rows.some(({ transaction_id }) => transaction_id !== reference);
  return rows.length > answers;
}
