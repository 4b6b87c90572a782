/** The demo shop: a few static pages on their own host, with the tracker's script tag and nothing else of ours. */

import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { join } from "node:path";

export interface ShopOptions {
  /** 0 takes any free port. */
  port: number;
  /** Where the page's script comes from: http://track.shop.localhost:8787 */
  collectorUrl: string;
  programId: number;
  host?: string;
}

export interface Shop {
  port: number;
  close(): Promise<void>;
}

const FOLDER = join(import.meta.dirname, "shop");
const PAGES: Record<string, { file: string; title: string }> = {
  "/": { file: "index.html", title: "Northpine Outfitters · gear for long walks" },
  "/product": { file: "product.html", title: "Ridge 2 tent · Northpine Outfitters" },
  "/pricing": { file: "pricing.html", title: "Rental prices · Northpine Outfitters" },
};
const NOT_FOUND = { file: "not-found.html", title: "Not found · Northpine Outfitters" };
const FILES: Record<string, { file: string; type: string }> = {
  "/shop.css": { file: "shop.css", type: "text/css; charset=utf-8" },
  "/favicon.svg": { file: "favicon.svg", type: "image/svg+xml" },
};

/** Fails as node:http does when the port is taken. */
export async function openShop({
  port,
  collectorUrl,
  programId,
  host = "127.0.0.1",
}: ShopOptions): Promise<Shop> {
  const tag = `<script async src="${collectorUrl}/tracker.js" data-program="${programId}"></script>`;
  const server = createServer(answer(tag));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen({ port, host }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // A browser keeps its connections open.
        server.closeAllConnections();
      }),
  };
}

function answer(tag: string): RequestListener {
  return ({ method, url = "/" }, response) => {
    if (method !== "GET" && method !== "HEAD") {
      response.writeHead(405, { Allow: "GET, HEAD" }).end();
      return;
    }
    const path = url.split("?", 1)[0]!;
    const file = FILES[path];
    const status = file || PAGES[path] ? 200 : 404;
    const type = file?.type ?? "text/html; charset=utf-8";
    response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-cache" });
    response.end(file ? read(file.file) : page(path, tag));
  };
}

function page(path: string, tag: string): string {
  const { file, title } = PAGES[path] ?? NOT_FOUND;
  return read("layout.html")
    .replace("{{title}}", title)
    .replace("{{tracker}}", tag)
    .replace("{{main}}", read(file))
    .replace(`<a href="${path}">`, `<a href="${path}" aria-current="page">`);
}

function read(file: string): string {
  return readFileSync(join(FOLDER, file), "utf8");
}
