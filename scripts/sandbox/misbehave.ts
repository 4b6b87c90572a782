/** How a failure looks on the wire. */

import type { ServerResponse } from "node:http";
import type { RequestFailure } from "./failure.ts";
import type { Reply } from "./sandbox.ts";

const PAGE = "<!doctype html><title>Welcome to nginx!</title><h1>Welcome to nginx!</h1>";
const PIECE = Buffer.alloc(16_384, " ");

/**
 * Answers as the failure says.
 *
 * @param reply the right answer, for the failures that spoil or delay it
 */
export function misbehave(
  response: ServerResponse,
  failure: RequestFailure,
  reply: Reply,
  url: string,
): void {
  switch (failure.mode) {
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "hang":
      return;
    case "delay":
      after(failure.ms, response, () => send(response, reply));
      return;
    case "status":
      response.writeHead(failure.status, retryAfter(failure));
      response.end(failure.body ?? JSON.stringify({ error: `The sandbox answers ${failure.status}` }));
      return;
    case "not_json":
      response.writeHead(200, { "Content-Type": "text/html" }).end(PAGE);
      return;
    case "cut_off": {
      const body = Buffer.from(JSON.stringify(reply.body));
      response.writeHead(reply.status, { "Content-Type": "application/json", "Content-Length": body.length });
      response.write(body.subarray(0, body.length / 2), () => response.socket?.destroy());
      return;
    }
    case "endless":
      response.writeHead(200, { "Content-Type": "application/json" });
      pour(response, failure.ms);
      return;
    case "redirect":
      response.writeHead(failure.status ?? 302, { Location: failure.location ?? `${url}/elsewhere` }).end();
      return;
    // The networks answer these themselves, with their own bodies.
    case "error_code":
    case "duplicate":
    case "error_key":
    case "no_success":
      send(response, reply);
  }
}

export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Writes until the other side has had enough; a slow reader is waited for, so it costs no memory. */
function pour(response: ServerResponse, everyMs: number | undefined): void {
  if (everyMs) {
    response.write(" ");
    after(everyMs, response, () => pour(response, everyMs));
  } else {
    while (!response.destroyed && response.write(PIECE));
    if (!response.destroyed) response.once("drain", () => pour(response, undefined));
  }
}

function after(ms: number, response: ServerResponse, act: () => void): void {
  const timer = setTimeout(act, ms);
  response.once("close", () => clearTimeout(timer));
}

function retryAfter(failure: RequestFailure & { mode: "status" }): Record<string, string> {
  const { retry_after: seconds, retry_after_as } = failure;
  if (seconds === undefined) return {};
  const date = retry_after_as === "date" && new Date(Date.now() + seconds * 1_000).toUTCString();
  return { "Retry-After": date || String(seconds) };
}
