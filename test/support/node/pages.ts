/** A merchant's page for the tests that run inside workerd: a server that answers what the address asks of it. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Origin, as in "http://127.0.0.1:1234"; see {@link setup}. */
    pages: string;
  }
}

/**
 * `?status=200&type=text/html&header=Name: value&body=…&size=1000`, all optional, `header` as often as wanted;
 * `size` bytes of filling go before the body; `hang=1` is never answered.
 */
export default async function setup(project: TestProject) {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url!, "http://host");
    if (searchParams.has("hang")) return;
    response.statusCode = Number(searchParams.get("status") ?? 200);
    response.setHeader("Content-Type", searchParams.get("type") ?? "text/html; charset=utf-8");
    for (const header of searchParams.getAll("header")) {
      const [name, value] = header.split(/: (.*)/s);
      response.appendHeader(name!, value!);
    }
    const filling = "<!-- -->".repeat(Number(searchParams.get("size") ?? 0) / 8);
    response.end(filling + (searchParams.get("body") ?? ""));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  project.provide("pages", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
}
