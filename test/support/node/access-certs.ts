/**
 * Plays the team domain of Cloudflare Access: answers /cdn-cgi/access/certs with what it was told to.
 * POST /_answer {status?, headers?, body?, hang?} tells it, and resets the count; GET /_asked is how often it was asked.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { CertsAnswer } from "../certs-answer.ts";

export async function openAccessCerts(): Promise<{ url: string; close(): Promise<void> }> {
  let answer: CertsAnswer = { status: 404 };
  let asked = 0;
  const server = createServer(async (request, response) => {
    if (request.url === "/_answer") {
      answer = JSON.parse(await text(request));
      asked = 0;
      response.end();
    } else if (request.url === "/_asked") {
      response.end(String(asked));
    } else if (request.url === "/cdn-cgi/access/certs") {
      asked++;
      give(answer, response);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function give({ status = 200, headers = {}, body = "", hang }: CertsAnswer, response: ServerResponse): void {
  if (hang === "at once") return;
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  if (hang === "within the body") response.write(body);
  else response.end(body);
}
