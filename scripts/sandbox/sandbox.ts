/** A network on loopback: listens, remembers, and fails when it is told to. What it answers is the network's. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { Failure, isTaken, type Mode, OWN_MODES, type RequestFailure } from "./failure.ts";
import { type Counts, Ledger, type Received } from "./ledger.ts";
import { misbehave, send } from "./misbehave.ts";

export interface SandboxOptions {
  /** Any free one where unset. */
  port?: number | undefined;
  /** Gets one line for each request. */
  log?: ((line: string) => void) | undefined;
}

export interface Sandbox {
  /** "http://127.0.0.1:PORT" */
  readonly url: string;
  readonly port: number;
  /** The newest 1,000 requests, oldest first. */
  readonly received: readonly Received[];
  /** Of all requests since the start. */
  readonly counts: Counts;
  /** How often the click was taken in: more than once is a duplicate that the network would see. */
  times(clickId: string): number;
  /**
   * Fails from now on: each failure for its `times`, then the next; after the last all is well. It replaces what it
   * was told before.
   */
  fail(...failures: Failure[]): Promise<void>;
  /** Ends every failure; a closed port is open again. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

/** An answer in JSON, and what of it is worth a line. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
  line: string;
  /** The request was a click, and a good one. */
  click?: boolean;
}

/** What a network brings. */
export interface SandboxNetwork {
  name: string;
  /** Modes of its own; another network's are refused. */
  modes: readonly Mode[];
  clickId(call: Call): string | undefined;
  /** @param failure one of its own modes, or none. */
  answer(call: Call, failure: RequestFailure | undefined, ledger: Ledger): Reply;
  /** Called for each click that is taken in, with its answer. */
  keep?(call: Call, reply: Reply): void;
}

export interface Call extends Omit<Received, "click_id" | "outcome"> {
  path: string;
  query: string;
  /** The body, parsed; undefined for what is no JSON. */
  json: unknown;
}

const HOST = "127.0.0.1";
const BODY_LIMIT_BYTES = 1 << 20;
/** Longer than clients keep an idle connection: one that the server closes first fails the request it was chosen for. */
const KEEP_ALIVE_MS = 120_000;
const WHITESPACE = /\s+/g;

/** Fails as node:http does when the port is taken. */
export async function openSandbox(
  network: SandboxNetwork | ((url: string) => SandboxNetwork),
  { port: wanted = 0, log = () => undefined }: SandboxOptions,
): Promise<Sandbox> {
  const ledger = new Ledger();
  let plan: RequestFailure[] = [];
  let reopening: NodeJS.Timeout | undefined;

  const server = createServer((request, response) => {
    serve(request, response).catch((error) => {
      // A client that went away while it was sending is no fault of the sandbox.
      if (error.code !== "ECONNRESET") console.error(`${name} sandbox`, error);
      response.destroy();
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen({ port: wanted, host: HOST });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://${HOST}:${port}`;
  const { name, modes, ...own } = typeof network === "function" ? network(url) : network;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    const [path = "", query = ""] = request.url!.split("?", 2);
    const { method = "", url: asked = "", headers } = request;
    const call = { at: Date.now(), method, url: asked, headers, body, path, query, json: json(body) };
    if (path.startsWith("/_sandbox/")) return await control(call, response);
    answer(call, response);
  }

  function answer(call: Call, response: ServerResponse): void {
    const click_id = own.clickId(call);
    const failure = nextFailure();
    const reply = own.answer(call, failure, ledger);
    if (reply.click && (!failure || isTaken(failure))) {
      ledger.take(click_id);
      own.keep?.(call, reply);
    }
    const outcome = failure && !modes.includes(failure.mode) ? failure.mode : String(reply.status);
    const { at, method, url: asked, headers, body } = call;
    ledger.note({ at, method, url: asked, headers, body, click_id, outcome });
    log(
      `${name}  ${reply.line.replace(WHITESPACE, " ")}${failure ? `  (told to fail: ${failure.mode})` : ""}`,
    );
    if (failure) misbehave(response, failure, reply, url);
    else send(response, reply);
  }

  function nextFailure(): RequestFailure | undefined {
    const [failure] = plan;
    if (failure?.times !== undefined) {
      if (failure.times > 1) plan[0] = { ...failure, times: failure.times - 1 };
      else plan.shift();
    }
    return failure;
  }

  /** A page in a browser may not: it would send its Origin. */
  async function control(call: Call, response: ServerResponse): Promise<void> {
    const asked = `${call.method} ${call.path}`;
    if (call.headers.origin) return sendBody(response, 403, { error: "Not from a web page" });
    if (asked === "GET /_sandbox/received") {
      return sendBody(response, 200, { counts: ledger.counts, received: ledger.received });
    }
    if (asked !== "POST /_sandbox/fail") {
      return sendBody(response, 404, { error: "GET /_sandbox/received or POST /_sandbox/fail" });
    }
    const failure = parse(call.json);
    if ("error" in failure) return sendBody(response, 400, failure);
    const told = { failing: failure };
    if (failure.mode !== "refuse") {
      await fail(failure);
      return sendBody(response, 200, told);
    }
    plan = [];
    await shut(async () => {
      sendBody(response, 200, told);
      await once(response, "close");
    });
    // Who sent it cannot ask for the port to be opened again.
    openAgainAfter(failure.seconds ?? 10);
  }

  function parse(asked: unknown): Failure | { error: string } {
    const mine = Failure.options.map((option) => option.shape.mode.value).filter(isMine);
    const { data, error } = Failure.safeParse(asked);
    if (data && isMine(data.mode)) return data;
    return {
      error: `${error ? z.prettifyError(error) : "Another network's mode"}; modes: ${mine.join(", ")}`,
    };
  }

  function isMine(mode: Mode): boolean {
    return modes.includes(mode) || !OWN_MODES.includes(mode);
  }

  async function fail(...failures: Failure[]): Promise<void> {
    for (const { mode } of failures) {
      if (!isMine(mode)) throw new Error(`${mode} is no failure of ${name}`);
    }
    const refusal = failures.find((failure) => failure.mode === "refuse");
    plan = failures.filter((failure) => failure.mode !== "refuse" && failure.mode !== "none");
    clearTimeout(reopening);
    if (!refusal) return await listen();
    await shut();
    if (refusal.seconds) openAgainAfter(refusal.seconds);
  }

  function openAgainAfter(seconds: number): void {
    clearTimeout(reopening);
    reopening = setTimeout(() => void listen(), seconds * 1_000);
  }

  async function listen(): Promise<void> {
    clearTimeout(reopening);
    if (server.listening) return;
    server.listen({ port, host: HOST });
    await once(server, "listening");
  }

  /** @param last what is still to be said on a connection that is open, after the port is closed */
  async function shut(last?: () => Promise<void>): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    await last?.();
    server.closeAllConnections();
    await closed;
  }

  return {
    url,
    port,
    get received() {
      return ledger.received;
    },
    get counts() {
      return ledger.counts;
    },
    times: (clickId) => ledger.times(clickId),
    fail,
    heal: () => fail(),
    close: async () => {
      clearTimeout(reopening);
      await shut();
    },
  };
}

function sendBody(response: ServerResponse, status: number, body: unknown): void {
  send(response, { status, body, line: "" });
}

/** @throws {Error} for a body over 1 MiB, or one that its sender breaks off */
async function read(request: IncomingMessage): Promise<string> {
  if (request.method === "GET") return "";
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) throw new Error(`a body over ${BODY_LIMIT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** @returns undefined for what is no JSON */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
