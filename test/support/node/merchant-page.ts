/** A merchant's shop for the browser and the collector: one page under every path and host name, changed while it is served. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface MerchantPage {
  port: number;
  /** What is served from now on. */
  serve(page: { head?: string; policy?: string; status?: number }): void;
  close(): Promise<void>;
}

export async function openMerchantPage(): Promise<MerchantPage> {
  let { head = "", policy, status = 200 }: Parameters<MerchantPage["serve"]>[0] = {};
  const server = createServer((_, response) => {
    if (policy) response.setHeader("Content-Security-Policy", policy);
    response.writeHead(status, { "Content-Type": "text/html; charset=utf-8" });
    response.end(`<!doctype html><html lang="en"><head><title>Kettle shop</title>
      <link rel="icon" href="data:,">${head}</head><body><h1>Kettles</h1></body></html>`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    serve: (page) => {
      ({ head = "", policy, status = 200 } = page);
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
