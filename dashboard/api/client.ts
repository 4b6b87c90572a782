/** The only network code of the dashboard: the management API of the same host. */

import type { Params } from "../address/route.ts";
import { signedOut } from "./session.ts";

const API = "/api/admin";

/** What the API refused, in its words; `status` 0 where it was not reached. */
export class ApiError extends Error {
  readonly status: number;
  /** The field that is at fault, where there is one. */
  readonly field: string | undefined;
  /** Seconds, of a 429. */
  readonly retryAfter: number | undefined;

  constructor(message: string, status: number, field?: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.field = field;
    this.retryAfter = retryAfter;
  }
}

export interface Call {
  query?: Params | undefined;
  /** Sent as JSON; a string goes as it is, as `type` says. */
  body?: unknown;
  type?: string;
  signal?: AbortSignal | undefined;
}

/** @throws {ApiError} for any answer but a 2xx, and when none came. */
export async function call<T>(
  method: string,
  path: string,
  { query, body, type, signal }: Call = {},
): Promise<T> {
  const text = typeof body === "string";
  const response = await fetch(address(path, query), {
    method,
    signal: signal ?? null,
    headers: body === undefined ? {} : { "Content-Type": type ?? "application/json" },
    body: body === undefined ? null : text ? body : JSON.stringify(body),
  }).catch((error: Error) => {
    if (error.name === "AbortError") throw error;
    throw new ApiError("The collector cannot be reached. Check the connection, then try again.", 0);
  });
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  const answer = (await response.json().catch(() => ({}))) as { error?: string; field?: string };
  if (response.status === 401) signedOut();
  throw new ApiError(
    answer.error ?? `The collector answered ${response.status}.`,
    response.status,
    answer.field,
    Number(response.headers.get("Retry-After")) || undefined,
  );
}

/** For links that the browser follows itself, such as a CSV file's. */
export function address(path: string, query: Params = {}): string {
  const given = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== null && value !== "",
  );
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return `${API}${path}${search.size > 0 ? `?${search}` : ""}`;
}
