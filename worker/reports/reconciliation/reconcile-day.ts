/** Compares one UTC day of a program with Everflow's report, affiliate by affiliate, and stores each one's sums. */

import { affiliateAccess, openApi } from "../../delivery/everflow-access.ts";
import { type EverflowApi, isFault, NO_TIME } from "../../delivery/everflow-api.ts";
import type { Env } from "../../env.ts";
import { reportedAs, type Seconds } from "../../networks/everflow-api.ts";
import { type Compared, Comparison, NO_LINK, type Scope } from "./comparison.ts";
import { addCounts, type Counts, NOTHING } from "./counts.ts";
import { endFault, writeFault } from "./faults.ts";
import type { ComparedProgram } from "./program.ts";
import { affiliatesIn, countSent, sentIn, writeSettlements } from "./sent.ts";

const DAY_SECONDS = 86_400;
/** Clicks this young may still be on their way, there or into the report. */
const SETTLING_SECONDS = 600;
/** Two machines' clocks may differ by so much. */
const SKEW_SECONDS = 300;
/** Deliveries that are compared at a time: what fits a Worker's memory many times over. */
const WINDOW_DELIVERIES = 20_000;

/** In the place of the runtime's own. */
export interface Means {
  fetch?: typeof fetch;
  /** Unix ms. */
  now?: () => number;
  wait?: (ms: number) => Promise<unknown>;
  /** Unix ms: no affiliate is begun beyond it, and none goes on. */
  until?: number;
}

/** What a run over several days keeps: an API for each affiliate, or why there is none. */
export class Run {
  readonly env: Env;
  readonly program: ComparedProgram;
  readonly click_id_param: string;
  /** Unix ms. */
  readonly now: number;
  readonly #means: Means;
  #isOver = false;
  readonly #apis = new Map<number, EverflowApi>();
  /** Affiliates that were to be asked. */
  readonly asked = new Set<number>();
  /** Affiliate → what went wrong; it is not asked again. */
  readonly faults = new Map<number, string>();

  constructor(env: Env, program: ComparedProgram, now: number, means: Means = {}) {
    this.env = env;
    this.program = program;
    this.click_id_param = program.settings.click_id_param ?? "sub5";
    this.now = now;
    this.#means = means;
  }

  get isOver(): boolean {
    const { now = Date.now, until = Number.POSITIVE_INFINITY } = this.#means;
    return this.#isOver || now() >= until;
  }

  /** There is no time for what is to be waited for: others would be put off by it just so. */
  end(): void {
    this.#isOver = true;
  }

  /** Kept at once: nobody knows whether the run comes to its end. */
  async fail(affiliate: number, error: string): Promise<undefined> {
    this.faults.set(affiliate, error);
    const fault = { affiliate_id: affiliate, error, at: this.now };
    await writeFault(this.env.DB, this.program.id, fault);
  }

  /** @returns undefined for an affiliate that cannot be asked: see `faults`. */
  async api(affiliate: number): Promise<EverflowApi | undefined> {
    this.asked.add(affiliate);
    if (this.faults.has(affiliate)) return undefined;
    let api = this.#apis.get(affiliate);
    if (!api) {
      if (!reportedAs(this.click_id_param)) {
        return this.fail(affiliate, `Everflow's click report does not show ${this.click_id_param}`);
      }
      const { settings, affiliates } = this.program;
      const isOnly = affiliates.size === 1 && affiliates.has(affiliate);
      const access = affiliateAccess(settings, { id: affiliate, isOnly }, this.env);
      if ("missing" in access) return this.fail(affiliate, access.missing);
      api = openApi(access.access, this.env, this.#means);
      this.#apis.set(affiliate, api);
    }
    return api;
  }
}

/**
 * A day that has not ended is compared as far as it has settled.
 * @param day unix days. @param only of the day's affiliates these, in this order; all where left out.
 */
export async function reconcileDay(run: Run, day: number, only?: Iterable<number>): Promise<void> {
  const { program, env } = run;
  const from = day * DAY_SECONDS;
  const to = Math.min(from + DAY_SECONDS, Math.floor(run.now / 1000) - SETTLING_SECONDS);
  if (to <= from) return;
  const all = await affiliatesIn(env.DB, program, { from, to });
  const sums = new Map<number, Map<number, Counts>>();
  // Without those that cannot be asked: what was sent need not be read for them.
  const affiliates: [number, ReadonlyMap<number, number>][] = [];
  for (const affiliate of only ?? all.keys()) {
    const links = all.get(affiliate);
    if (links && (await run.api(affiliate))) affiliates.push([affiliate, links]);
  }
  if (affiliates.length === 0) return;
  for (const window of windows({ from, to }, await countSent(env.DB, { from, to }))) {
    const { deliveries, last_attempt_at } = await sentIn(env.DB, window);
    // What was sent late is in the report at the time that it was sent.
    const until = Math.max(window.to, Math.ceil(last_attempt_at / 1000));
    const asked = { from: window.from - SKEW_SECONDS, to: until + SKEW_SECONDS };
    for (const [affiliate_id, links] of affiliates) {
      // Who was begun comes after the others in the next run; who was not comes first.
      if (run.isOver) return failAll(run, sums.keys());
      const { click_id_param } = run;
      const of = { program_id: program.id, affiliate_id };
      const compared = await compare(run, asked, { window, click_id_param, ...of, known: deliveries, links });
      if (!compared) continue;
      const { counts, settlements } = compared;
      await writeSettlements(env.DB, settlements);
      const sum = sums.get(affiliate_id) ?? new Map<number, Counts>();
      addCounts(sum, counts);
      sums.set(affiliate_id, sum);
      if (window.to < to) continue;
      await store(run, { day, affiliate: affiliate_id, affiliates: [...all.keys()] }, sum, to * 1000);
      sums.delete(affiliate_id);
    }
  }
}

async function failAll(run: Run, affiliates: Iterable<number>): Promise<void> {
  for (const affiliate of affiliates) if (!run.faults.has(affiliate)) await run.fail(affiliate, NO_TIME);
}

/** @param from inclusive, `to` exclusive. */
function windows({ from, to }: Seconds, deliveries: number): Seconds[] {
  const count = Math.max(1, Math.ceil(deliveries / WINDOW_DELIVERIES));
  const step = Math.max(1, Math.ceil((to - from) / count));
  const found: Seconds[] = [];
  for (let start = from; start < to; start += step) {
    found.push({ from: start, to: Math.min(start + step, to) });
  }
  return found;
}

/** @returns undefined where the report could not be read: see the run's faults. */
async function compare(run: Run, period: Seconds, scope: Scope): Promise<Compared | undefined> {
  const api = await run.api(scope.affiliate_id);
  if (!api) return undefined;
  const comparison = new Comparison(scope);
  for await (const slice of api.clicks(period)) {
    if (isFault(slice)) {
      if (slice.isTooLate) run.end();
      return run.fail(scope.affiliate_id, slice.fault);
    }
    comparison.add(slice.clicks);
  }
  return comparison.end();
}

/**
 * The day is written as a whole; the row without a link is always there, and says that the day was compared. A day
 * whose clicks have begun to be deleted, also since they were read, keeps the figures that it has.
 * @param of `affiliates`: all that the day is of. A link's rows under any other are from before its affiliate was
 * corrected, and of deliveries that are in `counts` now.
 */
async function store(
  { env, program, now }: Run,
  { day, affiliate, affiliates }: { day: number; affiliate: number; affiliates: number[] },
  counts: Map<number, Counts>,
  checked_until: number,
): Promise<void> {
  addCounts(counts, new Map([[NO_LINK, NOTHING]]));
  const rows = Array.from(counts, ([link, sums]) => ({ link, ...sums }));
  const links = rows.map(({ link }) => link).filter((link) => link !== NO_LINK);
  await env.DB.batch([
    env.DB.prepare(FORGET).bind(
      program.id,
      day,
      affiliate,
      JSON.stringify(links),
      JSON.stringify(affiliates),
    ),
    endFault(env.DB, program.id, affiliate),
    env.DB.prepare(STORE).bind(program.id, day, affiliate, JSON.stringify(rows), checked_until, now),
  ]);
}

const KEPT = "?2 * 86400000 >= (SELECT gone_before FROM retention)";

const FORGET = `DELETE FROM reconciliation WHERE program_id = ?1 AND day = ?2 AND (affiliate_id = ?3
    OR (link_id IN (SELECT value FROM json_each(?4)) AND affiliate_id NOT IN (SELECT value FROM json_each(?5))))
  AND ${KEPT}`;

const STORE = `INSERT INTO reconciliation (program_id, day, affiliate_id, link_id, sent, recorded, missing, unknown,
    duplicates, unclear_arrived, unclear_absent, checked_until, checked_at)
  SELECT ?1, ?2, ?3, value ->> 'link', value ->> 'sent', value ->> 'recorded', value ->> 'missing', value ->> 'unknown',
    value ->> 'duplicates', value ->> 'unclear_arrived', value ->> 'unclear_absent', ?5, ?6 FROM json_each(?4) WHERE ${KEPT}`;
