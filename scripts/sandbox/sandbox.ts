/** A network on loopback: listens, remembers, and fails when it is told to. What it answers is the network's. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";
import { Door } from "./door.ts";
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
  /** @param failure what the request was told to fail with; a network minds the modes of its own alone */
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

const BODY_LIMIT_BYTES = 1 << 20;
/** Longer than clients keep an idle connection: one that the server closes first fails the request it was chosen for. */
const KEEP_ALIVE_MS = 120_000;
/** What was sent is printed, and must not move the terminal's cursor. */
const NOT_PRINTED = /[\p{Cc}\s]+/gu;
/** Over HTTP: who closes the port cannot ask for it to be opened again. */
const REFUSE_SECONDS = 10;

/** Fails as node:http does when the port is taken. */
export async function openSandbox(
  network: SandboxNetwork | ((url: string) => SandboxNetwork),
  { port: wanted = 0, log = () => undefined }: SandboxOptions,
): Promise<Sandbox> {
  const ledger = new Ledger();
  let plan: RequestFailure[] = [];

  const server = createServer((request, response) => {
    serve(request, response).catch((error) => {
      // A client that went away while it was sending is no fault of the sandbox.
      if (error.code !== "ECONNRESET") console.error(`${name} sandbox`, error);
      response.destroy();
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const door = await Door.open(server, wanted);
  const { url, port } = door;
  const { name, modes, ...own } = typeof network === "function" ? network(url) : network;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    const { method = "", url: asked = "", headers } = request;
    const [path = "", ...rest] = asked.split("?");
    const query = rest.join("?");
    const call = { at: Date.now(), method, url: asked, headers, body, path, query, json: json(body) };
    if (path.startsWith("/_sandbox/")) return await control(call, response);
    answer(call, response);
  }

  function answer(call: Call, response: ServerResponse): void {
    const click_id = own.clickId(call);
    const failure = nextFailure(call.path);
    const reply = own.answer(call, failure, ledger);
    if (reply.click && (!failure || isTaken(failure))) {
      ledger.take(click_id);
      own.keep?.(call, reply);
    }
    const outcome = failure && !modes.includes(failure.mode) ? failure.mode : String(reply.status);
    const { at, method, url: asked, headers, body } = call;
    ledger.note({ at, method, url: asked, headers, body, click_id, outcome });
    const told = failure ? `  (told to fail: ${failure.mode})` : "";
    log(`${name}  ${reply.line.replace(NOT_PRINTED, " ")}${told}`);
    if (failure) misbehave(response, failure, reply, url);
    else send(response, reply);
  }

  function nextFailure(asked: string): RequestFailure | undefined {
    const at = plan.findIndex(({ path = asked }) => path === asked);
    const failure = plan[at];
    if (failure?.times !== undefined) {
      if (failure.times > 1) plan[at] = { ...failure, times: failure.times - 1 };
      else plan.splice(at, 1);
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
    await door.shut(failure.seconds ?? REFUSE_SECONDS, async () => {
      sendBody(response, 200, told);
      await once(response, "close");
    });
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
    if (refusal) await door.shut(refusal.seconds);
    else await door.open();
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
    close: () => door.shut(),
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
