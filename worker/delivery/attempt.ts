/** One attempt: checks the target, calls the network within a time limit, reads a bounded answer. The only fetch out. */

import type { Judgement } from "../click.ts";
import type { Network, NetworkAnswer, OutboundRequest } from "../networks/network.ts";
import { type TargetRules, targetFault } from "../networks/target.ts";
import { plainWords } from "../networks/words.ts";
import { isTooManyCalls } from "./calls.ts";
import { connectionWords } from "./connection-words.ts";
import type { Attempt } from "./outbox.ts";
import { readUpTo } from "./read-up-to.ts";

const ANSWER_LIMIT_BYTES = 64 * 1024;

export interface Attempted {
  judgement: Judgement;
  attempt: Attempt;
  /** What the network answered, as it came; undefined where nothing did. */
  answer?: (NetworkAnswer & { headers: Headers }) | undefined;
}

/** The runtime would not make the call; the network knows nothing of it. */
export interface NotMade {
  not_made: string;
}

export interface AttemptOptions {
  timeout_ms: number;
  targets: TargetRules;
  /** Values that must not stand in what is kept of an answer. */
  secrets: readonly string[];
  /** 1 for a delivery's first attempt. */
  number: number;
  fetch: typeof fetch;
}

/** Never throws: a connection that fails or times out is a judgement like any other. */
export async function attempt(
  network: Network<never>,
  request: OutboundRequest,
  options: AttemptOptions,
): Promise<Attempted | NotMade> {
  const at = Date.now();
  const called = await call(network, request, options);
  if ("not_made" in called) return called;
  const { judgement, answer } = called;
  const words = plainWords(judgement.words, options.secrets);
  return {
    judgement: { ...judgement, words },
    attempt: { at, duration_ms: Date.now() - at, status: answer?.status ?? null, words },
    answer,
  };
}

async function call(
  network: Network<never>,
  request: OutboundRequest,
  { timeout_ms, targets, secrets, number, fetch }: AttemptOptions,
): Promise<Pick<Attempted, "judgement" | "answer"> | NotMade> {
  // Checked when the program was saved, and again here: a row can be older than a rule.
  const fault = targetFault(request.url, targets);
  if (fault) return { judgement: { outcome: "rejected", words: fault } };
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeout_ms);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body !== undefined && { body: request.body }),
      redirect: "manual",
      signal: controller.signal,
    });
    const body = await readUpTo(response, ANSWER_LIMIT_BYTES);
    const answer = {
      status: response.status,
      headers: response.headers,
      body,
      attempt: number,
      now: Date.now(),
    };
    return { judgement: network.judge(answer), answer };
  } catch (error) {
    if (isTooManyCalls(error)) return { not_made: (error as Error).message };
    const words = controller.signal.aborted
      ? `no answer within ${timeout_ms / 1000} s`
      : `connection failed: ${connectionWords(error, secrets)}`;
    return { judgement: { outcome: "retry", words } };
  } finally {
    clearTimeout(timer);
  }
}
