/**
 * A merchant's shop and a collector that answers what a test tells it to, on real sockets.
 *
 * One server plays every host: browser.ts resolves all names to loopback. The hosts `track.…` are the collector,
 * all others the shop, so that `shop.localhost` and `track.shop.localhost` are one site and two origins.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContext, Page, Request } from "playwright-core";
import { buildMore, buildTracker } from "../../../scripts/build.ts";

const CLICK_PATH = "/api/v1/track/click";

/** A click as it arrived. */
export interface ReceivedClick {
  headers: IncomingMessage["headers"];
  /** The JSON of the request. */
  // biome-ignore lint/suspicious/noExplicitAny: what arrived is what the tests are about
  body: any;
}

export interface Answer {
  status?: number;
  body?: unknown;
  /** Added to the CORS headers; a null takes one away. */
  headers?: Record<string, string | null>;
}

export interface Shop {
  port: number;
  /** "http://HOST:PORT/…" */
  url(path: string, host?: string): string;
  /** The script tag that pages carry. */
  tag: string;
  /** What every page is made of; `{tag}` is replaced. A test may change it. */
  html: string;
  /** Pages that differ, by path. */
  pages: Record<string, string>;
  /** Further headers of pages. */
  headers: Record<string, string>;
  /** How the collector answers a click; "drop" closes the connection unanswered. */
  answer: (click: ReceivedClick) => Answer | "drop";
  /** All clicks so far, oldest first. */
  clicks: ReceivedClick[];
  /** Method and path of every request to the collector's API: a CORS preflight shows here. */
  apiRequests: string[];
  /** Path of every request so far, on whichever host, oldest first. */
  paths: string[];
  /** Resolves when the path is next asked for and answered, on whichever host. */
  requested(path: string): Promise<void>;
  close(): Promise<void>;
}

/** The seed's success, with ids that count up from `cust_…1_1715000000000`. */
export function success(n: number, days = 60): Answer {
  return {
    body: {
      success: true,
      click_id: `cust_${String(n).padStart(32, "0")}_1715000000000`,
      partner_code: "PARTNER123",
      cookie_window_days: days,
    },
  };
}

export async function openShop(): Promise<Shop> {
  const { code } = await buildTracker();
  const more = await buildMore();
  const server = createServer((request, response) => {
    respond(request, response).catch((error) => response.destroy(error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  const waiting: { path: string; resolve: () => void }[] = [];
  const shop: Shop = {
    port,
    url: (path, host = "shop.localhost") => `http://${host}:${port}${path}`,
    tag: `<script async src="http://track.shop.localhost:${port}/tracker.js" data-program="1"></script>`,
    html: `<!doctype html><meta charset="utf-8"><title>Pricing — Shop</title>{tag}<h1>Pricing</h1>`,
    pages: {},
    headers: {},
    answer: () => success(shop.clicks.length),
    clicks: [],
    apiRequests: [],
    paths: [],
    requested: (path) => new Promise((resolve) => waiting.push({ path, resolve })),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };

  let outstanding = 0;
  let answered: (() => void)[] = [];

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url!, "http://host");
    // A round trip that is over after the answers of all clicks that came before it.
    if (pathname.startsWith("/fence") && outstanding > 0) {
      await new Promise<void>((resolve) => answered.push(resolve));
    }
    shop.paths.push(pathname);
    for (const one of waiting.filter(({ path }) => path === pathname)) {
      waiting.splice(waiting.indexOf(one), 1);
      // After the request is recorded below.
      response.once("finish", one.resolve);
    }
    if (pathname === "/favicon.ico") return void response.writeHead(204).end();
    // Never answered: holds a connection for as long as the page lives.
    if (pathname === "/hang") return;
    if (!request.headers.host!.startsWith("track.")) {
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...shop.headers });
      return void response.end((shop.pages[pathname] ?? shop.html).replace("{tag}", shop.tag));
    }
    if (!pathname.startsWith("/api/")) {
      // A module script and an SRI hash are only taken from a file that says it may be read.
      const headers = { "Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*" };
      return void response.writeHead(200, headers).end(pathname === "/tracker-more.js" ? more : code);
    }
    shop.apiRequests.push(`${request.method} ${pathname}`);
    await click(request, response);
  }

  async function click(request: IncomingMessage, response: ServerResponse): Promise<void> {
    outstanding++;
    response.once("close", () => {
      if (--outstanding > 0) return;
      for (const resolve of answered) resolve();
      answered = [];
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const received = { headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) };
    shop.clicks.push(received);
    const answer = shop.answer(received);
    if (answer === "drop") return void request.socket.destroy();
    const { status = 200, body = {}, headers } = answer;
    const all: Record<string, string | null> = {
      "Access-Control-Allow-Origin": request.headers.origin ?? null,
      "Access-Control-Allow-Credentials": "true",
      "Content-Type": "application/json",
      ...headers,
    };
    for (const [name, value] of Object.entries(all)) if (value !== null) response.setHeader(name, value);
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  }

  return shop;
}

/**
 * Opens a page and waits until the tracker's work is done: the script has run and every click it sent has ended.
 *
 * @returns the page, and what went wrong in it: uncaught exceptions and unhandled rejections.
 */
export async function visit(context: BrowserContext, url: string): Promise<{ page: Page; faults: string[] }> {
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  await settled(page, () => page.goto(url));
  return { page, faults };
}

/**
 * Does something that may make the page send clicks, and waits for their end, and for that of those which the tracker
 * sends only after them: it sends what is unanswered one after the other.
 *
 * A click that is never sent is not waited for: the browser reports a page's requests in order, and the tracker
 * sends while it runs or as soon as it has read an answer, so what was not reported before the fence was not sent.
 */
export async function settled(page: Page, act: () => Promise<unknown>): Promise<void> {
  let ends: Promise<unknown>[] = [];
  const note = (request: Request) => {
    if (new URL(request.url()).pathname !== CLICK_PATH) return;
    ends.push(request.response().then((response) => response?.finished()));
  };
  page.on("request", note);
  await act();
  await fence(page);
  do {
    const sent = ends;
    ends = [];
    await Promise.allSettled(sent);
    // The answer is read, the cookie written and the next click sent before a later round trip is over.
    await fence(page);
  } while (ends.length > 0);
  page.off("request", note);
}

/** {@link settled}, and the second file, which only some pages load, has done its work too. */
export async function settledWithMore(page: Page, shop: Shop, act: () => Promise<unknown>): Promise<void> {
  await settled(page, async () => {
    const more = page.waitForEvent("requestfinished", (request) =>
      request.url().endsWith("/tracker-more.js"),
    );
    await act();
    await more;
  });
  // The same module: done when the tracker's own import of it is. A string, for the test runner rewrites imports.
  await page.evaluate(`import("http://track.shop.localhost:${shop.port}/tracker-more.js").then(() => {})`);
}

async function fence(page: Page): Promise<void> {
  await page.evaluate(async () => {
    // Under a policy or with a patched fetch it fails, and is over as well.
    try {
      await fetch("/fence");
    } catch {}
  });
}
