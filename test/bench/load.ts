/**
 * A load generator in a process of its own: `node load.ts '<json>'`. HTTP/1.1 over plain sockets, one request in flight on
 * each connection, a fixed number of requests, so that every one of them is answered and counted.
 * Prints one JSON line: {requests, ok, seconds, p50_ms, p99_ms}.
 */
import { connect } from "node:net";
import { EVENT_ID } from "./event-id.ts";

export interface Load {
  port: number;
  host: string;
  connections: number;
  requests: number;
  /** Made in turn. */
  calls: Call[];
  /** A good answer is a 200 with this in it. */
  good: string;
}

export interface Call {
  path: string;
  /** A whole JSON body, posted; without one the call is a GET. EVENT_ID in it becomes an id of its own at every sending. */
  body?: string;
}

export interface LoadResult {
  requests: number;
  ok: number;
  seconds: number;
  p50_ms: number;
  p99_ms: number;
}

async function run(load: Load): Promise<LoadResult> {
  const requests = load.calls.map((call) => Buffer.from(requestText(call, load.host)));
  const eventIdAt = requests.map((request) => request.indexOf(EVENT_ID));
  const run_id = Math.random().toString(36).slice(2, 10).padEnd(8, "x");
  const latencies = new Float64Array(load.requests);
  let started = 0;
  let finished = 0;
  let ok = 0;
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: load.connections }, () => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const socket = connect(load.port, "127.0.0.1");
      socket.setNoDelay(true);
      let buffered = "";
      let sent = 0;
      const next = () => {
        if (started === load.requests) {
          socket.end();
          resolve();
          return;
        }
        sent = performance.now();
        const request = requests[started % requests.length]!;
        const at = eventIdAt[started % requests.length]!;
        if (at >= 0) request.write(run_id + String(started).padStart(8, "0"), at, "latin1");
        started++;
        socket.write(at >= 0 ? Buffer.from(request) : request);
      };
      socket.on("connect", next);
      socket.on("error", reject);
      socket.on("data", (chunk) => {
        buffered += chunk.toString("latin1");
        const length = answerLength(buffered);
        if (length === undefined || buffered.length < length) return;
        if (buffered.startsWith("HTTP/1.1 200") && buffered.includes(load.good)) ok++;
        buffered = "";
        latencies[finished++] = performance.now() - sent;
        next();
      });
      return promise;
    }),
  );
  const seconds = (performance.now() - begin) / 1000;
  latencies.sort();
  const percentile = (p: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * p))]!;
  return { requests: finished, ok, seconds, p50_ms: percentile(0.5), p99_ms: percentile(0.99) };
}

function requestText({ path, body }: Call, host: string): string {
  const head =
    `${body === undefined ? "GET" : "POST"} ${path} HTTP/1.1\r\nHost: ${host}\r\n` +
    `User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n`;
  if (body === undefined) return `${head}\r\n`;
  return `${head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** @returns bytes of head and body, or undefined while the head is not complete. workerd sends lengths or chunks. */
function answerLength(text: string): number | undefined {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head + 2));
  if (length) return head + 4 + Number(length[1]);
  const end = text.indexOf("\r\n0\r\n\r\n", head);
  return end < 0 ? undefined : end + 7;
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!))));
