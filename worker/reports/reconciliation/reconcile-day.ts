/** Compares one UTC day of a program with Everflow's report, affiliate by affiliate, and stores the sums. */

import { affiliateAccess, openApi } from "../../delivery/everflow-access.ts";
import { type EverflowApi, isFault } from "../../delivery/everflow-api.ts";
import type { Env } from "../../env.ts";
import { reportedAs, type Seconds } from "../../networks/everflow-api.ts";
import { type Compared, Comparison, NO_LINK, type Scope } from "./comparison.ts";
import { addCounts, type Counts, NOTHING } from "./counts.ts";
import type { ComparedProgram } from "./program.ts";
import { affiliatesIn, countSent, sentIn, writeSettlements } from "./sent.ts";

const DAY_SECONDS = 86_400;
/** Clicks this young may still be on their way, there or into the report. */
const SETTLING_SECONDS = 600;
/** Two machines' clocks may differ by so much. */
const SKEW_SECONDS = 300;
/** Deliveries that are compared at a time: what fits a Worker's memory many times over. */
const WINDOW_DELIVERIES = 20_000;

/** What a run over several days keeps: an API for each affiliate, or why there is none. */
export class Run {
  readonly env: Env;
  readonly program: ComparedProgram;
  readonly click_id_param: string;
  /** Unix ms. */
  readonly now: number;
  readonly #call: typeof fetch | undefined;
  readonly #apis = new Map<number, EverflowApi>();
  /** Affiliates that were to be asked. */
  readonly asked = new Set<number>();
  /** Affiliate → what went wrong; it is not asked again. */
  readonly faults = new Map<number, string>();

  /** @param call what to fetch with; the runtime's own where left out. */
  constructor(env: Env, program: ComparedProgram, now: number, call?: typeof fetch) {
    this.env = env;
    this.program = program;
    this.click_id_param = program.settings.click_id_param ?? "sub5";
    this.now = now;
    this.#call = call;
  }

  /** @returns undefined for an affiliate that cannot be asked: see `faults`. */
  api(affiliate: number): EverflowApi | undefined {
    this.asked.add(affiliate);
    if (this.faults.has(affiliate)) return undefined;
    let api = this.#apis.get(affiliate);
    if (!api) {
      if (!reportedAs(this.click_id_param)) {
        this.faults.set(affiliate, `Everflow's click report does not show ${this.click_id_param}`);
        return undefined;
      }
      const { settings, affiliates } = this.program;
      const isOnly = affiliates.size === 1 && affiliates.has(affiliate);
      const access = affiliateAccess(settings, { id: affiliate, isOnly }, this.env);
      if ("missing" in access) {
        this.faults.set(affiliate, access.missing);
        return undefined;
      }
      api = openApi(access.access, this.env, this.#call);
      this.#apis.set(affiliate, api);
    }
    return api;
  }
}

/** @param day unix days. A day that has not ended is compared as far as it has settled. */
export async function reconcileDay(run: Run, day: number): Promise<void> {
  const { program, env } = run;
  const from = day * DAY_SECONDS;
  const to = Math.min(from + DAY_SECONDS, Math.floor(run.now / 1000) - SETTLING_SECONDS);
  if (to <= from) return;
  const affiliates = await affiliatesIn(env.DB, program, { from, to });
  const sums = new Map<number, Map<number, Counts>>();
  for (const window of windows({ from, to }, await countSent(env.DB, { from, to }))) {
    const { deliveries, last_attempt_at } = await sentIn(env.DB, window);
    // What was sent late is in the report at the time that it was sent.
    const until = Math.max(window.to, Math.ceil(last_attempt_at / 1000));
    const asked = { from: window.from - SKEW_SECONDS, to: until + SKEW_SECONDS };
    for (const [affiliate_id, links] of affiliates) {
      const { click_id_param } = run;
      const of = { program_id: program.id, affiliate_id };
      const compared = await compare(run, asked, { window, click_id_param, ...of, known: deliveries, links });
      if (!compared) continue;
      const { counts, settlements } = compared;
      await writeSettlements(env.DB, settlements);
      const sum = sums.get(affiliate_id) ?? new Map<number, Counts>();
      addCounts(sum, counts);
      sums.set(affiliate_id, sum);
    }
  }
  for (const [affiliate, counts] of sums) {
    if (run.faults.has(affiliate)) continue;
    await store(run, { day, affiliate, affiliates: [...affiliates.keys()] }, counts, to * 1000);
  }
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
  const api = run.api(scope.affiliate_id);
  if (!api) return undefined;
  const comparison = new Comparison(scope);
  for await (const slice of api.clicks(period)) {
    if (isFault(slice)) {
      run.faults.set(scope.affiliate_id, slice.fault);
      return undefined;
    }
    comparison.add(slice.clicks);
  }
  return comparison.end();
}

/**
 * The day is written as a whole; the row without a link is always there, and says that the day was compared.
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
    env.DB.prepare(STORE).bind(program.id, day, affiliate, JSON.stringify(rows), checked_until, now),
  ]);
}

const FORGET = `DELETE FROM reconciliation WHERE program_id = ?1 AND day = ?2 AND (affiliate_id = ?3
    OR (link_id IN (SELECT value FROM json_each(?4)) AND affiliate_id NOT IN (SELECT value FROM json_each(?5))))`;

const STORE = `INSERT INTO reconciliation (program_id, day, affiliate_id, link_id, sent, recorded, missing, unknown,
    duplicates, unclear_arrived, unclear_absent, checked_until, checked_at)
  SELECT ?1, ?2, ?3, value ->> 'link', value ->> 'sent', value ->> 'recorded', value ->> 'missing', value ->> 'unknown',
    value ->> 'duplicates', value ->> 'unclear_arrived', value ->> 'unclear_absent', ?5, ?6 FROM json_each(?4)`;
