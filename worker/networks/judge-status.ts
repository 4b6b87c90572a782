/** What every network's status means, whatever its body says (CONTRACTS 6). Pure. */

import type { Judgement } from "../click.ts";
import type { NetworkAnswer } from "./network.ts";
import { retryAfterMs } from "./retry-after.ts";
import { plainWords, said } from "./words.ts";

/** Request Timeout, Too Early, Too Many Requests: the request was not wrong, only its moment. */
const PASSING = [408, 425, 429];

/** Whether the network may take the same request later. */
export function isPutOff(status: number): boolean {
  return status >= 500 || PASSING.includes(status);
}

/**
 * A redirect is final. It is not among the answers that are retried, it is not followed (it could lead to an address
 * that target.ts refuses, and would turn a POST into a GET), and it stays until someone changes the setting: the words
 * say where it points, and the manager can send the rejected clicks again.
 *
 * @returns undefined for a 2xx, which the network's own body decides
 */
export function judgeStatus({ status, headers, body, now }: NetworkAnswer): Judgement | undefined {
  if (status >= 200 && status <= 299) return undefined;
  const words = said(body) || `HTTP ${status}`;
  if (isPutOff(status)) {
    return { outcome: "retry", words, retry_after_ms: retryAfterMs(headers.get("Retry-After"), now) };
  }
  if (status >= 300 && status <= 399) {
    return {
      outcome: "rejected",
      words: plainWords(`HTTP ${status}: a redirect${place(headers.get("Location"))}`),
    };
  }
  return { outcome: "rejected", words };
}

/** The origin alone: the rest repeats the request, with what it carries. */
function place(location: string | null): string {
  if (!location) return "";
  const url = URL.parse(location);
  return url?.host ? ` to ${url.protocol}//${url.host}` : " within the same host";
}
