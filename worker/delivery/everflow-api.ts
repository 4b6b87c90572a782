/**
 * Calls Everflow's API for a program, within its limits: five calls a second with an affiliate's key (its documentation,
 * "Rate limits"), and a wait where it says 429. Whatever goes wrong there is a value, in words that hold no key; that
 * the runtime makes no more calls is thrown on: it is no fault of Everflow's, and ends the whole run.
 */

import {
  type ApiAccess,
  clicksRequest,
  type EverflowClick,
  type LinkWanted,
  linkRequest,
  REPORT_ROWS,
  REPORT_SECONDS,
  readClicks,
  readLink,
  type Seconds,
} from "../networks/everflow-api.ts";
import type { OutboundRequest } from "../networks/network.ts";
import { retryAfterMs } from "../networks/retry-after.ts";
import { type TargetRules, targetFault } from "../networks/target.ts";
import { plainWords, said } from "../networks/words.ts";
import { isTooManyCalls } from "./calls.ts";
import { connectionWords } from "./connection-words.ts";
import { readUpTo } from "./read-up-to.ts";
import { TokenBucket } from "./token-bucket.ts";

const CALLS_PER_SECOND = 5;
/** 5,000 rows of the seed's size are ten million bytes. */
const ANSWER_LIMIT_BYTES = 32 * 1024 * 1024;
const TRIES = 4;
export const NO_TIME = "the run's time was over";
/** Of a wait that Everflow asks for; who must wait longer is told so instead. */
const MAX_WAIT_MS = 60_000;
const USUAL_WAIT_MS = 1_000;

export interface ApiFault {
  /** What Everflow said, or what happened instead. */
  fault: string;
  /** HTTP status; null where no answer came. */
  status: number | null;
  /** The time of whoever asked was over. */
  isTooLate?: true;
}

export interface ApiOptions {
  timeout_ms: number;
  targets: TargetRules;
  fetch: typeof fetch;
  /** Unix ms. */
  now: () => number;
  wait: (ms: number) => Promise<unknown>;
  /** Unix ms: no call is begun and none is waited for beyond it. */
  until?: number | undefined;
}

export function isFault(value: object): value is ApiFault {
  return "fault" in value;
}

export class EverflowApi {
  readonly #access: ApiAccess;
  readonly #options: ApiOptions;
  readonly #bucket = new TokenBucket(CALLS_PER_SECOND);

  constructor(access: ApiAccess, options: ApiOptions) {
    this.#access = access;
    this.#options = options;
  }

  /** Seed 001. */
  async trackingUrl(wanted: LinkWanted): Promise<{ url: string } | ApiFault> {
    const answer = await this.#call(linkRequest(this.#access, wanted));
    if (isFault(answer)) return answer;
    const url = readLink(answer.body);
    return url === undefined ? { fault: "Everflow's answer has no url", status: answer.status } : { url };
  }

  /** Clicks that have one of these values in a field; fewer than 5,000 are asked for. */
  async clicksWith(
    period: Seconds,
    filters: { resource_type: string; values: string[] },
  ): Promise<{ clicks: EverflowClick[] } | ApiFault> {
    return this.#report(period, filters);
  }

  /**
   * Every click of a period, slice by slice: 5,000 rows at most in an answer, so a slice that has as many is halved.
   * A fault ends it. A single second with 5,000 is one: nobody can ask for less than a second. So is a row that cannot
   * be read: whatever it is of would be taken to be absent.
   */
  async *clicks(period: Seconds): AsyncGenerator<{ clicks: EverflowClick[] } | ApiFault> {
    // Oldest first, and the last is the next.
    const slices = inReach(period).reverse();
    for (let slice = slices.pop(); slice; slice = slices.pop()) {
      const answer = await this.#report(slice);
      if (isFault(answer)) return yield answer;
      const { clicks, rows } = answer;
      if (clicks.length < rows) {
        const unread = `${rows - clicks.length} of ${rows} rows of Everflow's click report cannot be read`;
        return yield { fault: unread, status: null };
      }
      if (rows < REPORT_ROWS) {
        yield answer;
        continue;
      }
      const { from, to } = slice;
      if (from === to) {
        const second = new Date(from * 1000).toISOString();
        return yield { fault: `more clicks at ${second} than a report can hold`, status: null };
      }
      const middle = from + Math.floor((to - from) / 2);
      slices.push({ from: middle + 1, to }, { from, to: middle });
    }
  }

  async #report(
    period: Seconds,
    filters?: { resource_type: string; values: string[] },
  ): Promise<{ clicks: EverflowClick[]; rows: number } | ApiFault> {
    const answer = await this.#call(clicksRequest(this.#access, period, filters));
    if (isFault(answer)) return answer;
    const read = readClicks(answer.body);
    return read ?? { fault: "Everflow's answer is no click report", status: answer.status };
  }

  async #call(request: OutboundRequest): Promise<{ body: string; status: number } | ApiFault> {
    const { now, wait, targets } = this.#options;
    const fault = targetFault(request.url, targets);
    if (fault) return { fault: `api_base ${fault}`, status: null };
    for (let tried = 1; ; tried++) {
      const turn = this.#bucket.take(now());
      if (this.#isTooLate(turn)) return { fault: NO_TIME, status: null, isTooLate: true };
      await wait(turn);
      const answer = await this.#fetch(request);
      if (isFault(answer) || (answer.status >= 200 && answer.status <= 299)) return answer;
      const words = plainWords(said(answer.body) || `HTTP ${answer.status}`, [this.#access.key]);
      const pause = answer.status === 429 ? (answer.retry_after_ms ?? USUAL_WAIT_MS) : undefined;
      if (pause === undefined || pause > MAX_WAIT_MS || tried === TRIES) {
        const told = answer.retry_after_ms;
        const wait = told === undefined ? "" : ` (to be asked again in ${Math.ceil(told / 1000)} s)`;
        return { fault: words + wait, status: answer.status };
      }
      if (this.#isTooLate(pause)) {
        return { fault: `${words} (${NO_TIME})`, status: answer.status, isTooLate: true };
      }
      await wait(pause);
    }
  }

  #isTooLate(wait_ms: number): boolean {
    const { now, until } = this.#options;
    return until !== undefined && now() + wait_ms >= until;
  }

  async #fetch(
    request: OutboundRequest,
  ): Promise<{ body: string; status: number; retry_after_ms: number | undefined } | ApiFault> {
    const { timeout_ms, fetch, now } = this.#options;
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), timeout_ms);
    try {
      const response = await fetch(request.url, {
        method: request.method,
        headers: request.headers,
        body: request.body!,
        // A redirect could lead to an address that may not be called, with the key.
        redirect: "manual",
        signal: controller.signal,
      });
      return {
        body: await readUpTo(response, ANSWER_LIMIT_BYTES),
        status: response.status,
        retry_after_ms: retryAfterMs(response.headers.get("Retry-After"), now()),
      };
    } catch (error) {
      if (isTooManyCalls(error)) throw error;
      const words = controller.signal.aborted
        ? `no answer within ${timeout_ms / 1000} s`
        : `connection failed: ${connectionWords(error, [this.#access.key])}`;
      return { fault: plainWords(words, [this.#access.key]), status: null };
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The period in pieces that a request may span, oldest first. */
function inReach({ from, to }: Seconds): Seconds[] {
  const pieces: Seconds[] = [];
  for (let start = from; start <= to; start += REPORT_SECONDS) {
    pieces.push({ from: start, to: Math.min(to, start + REPORT_SECONDS - 1) });
  }
  return pieces;
}
