/**
 * `npm run bench:tracker`: the tracker beside its peers, all built by scripts/build.ts's own settings.
 *
 * Time is the main thread's in the page's renderer while the script is compiled, run and called back, at a CPU slowed
 * down four times; the page has no other script. "load" is a page without a referral, "landing" one with. Requests
 * and bytes are what the collector's host receives on a landing, CORS preflights included.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { buildTracker, bundle, type Sizes, shorten, sizes } from "../../scripts/build.ts";
import { launchBrowser } from "../support/node/browser.ts";
import { scripting } from "../support/node/main-thread.ts";

const ROUNDS = Number(process.env.ROUNDS ?? 50);
const SLOWDOWN = 4;

interface Subject {
  name: string;
  code: string;
}

interface Figures extends Sizes {
  /** Milliseconds, median. */
  load: number;
  landing: number;
  requests: number;
  /** Of bodies. */
  sent: number;
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url!, "http://host");
  const headers = {
    "Access-Control-Allow-Origin": request.headers.origin ?? "*",
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Allow-Headers": request.headers["access-control-request-headers"] ?? "*",
  };
  if (!request.headers.host!.startsWith("track.")) {
    response.writeHead(pathname === "/favicon.ico" ? 204 : 200, { "Content-Type": "text/html" });
    return void response.end(
      `<!doctype html><title>Shop</title><h1>Shop</h1><script async src="${collector}/x.js" data-program="1"></script>`,
    );
  }
  if (pathname === "/x.js") {
    return void response.writeHead(200, { ...headers, "Content-Type": "text/javascript" }).end(serving);
  }
  received.requests++;
  request.on("data", (chunk: Buffer) => {
    received.sent += chunk.length;
  });
  request.on("end", () => {
    response.writeHead(200, { ...headers, "Content-Type": "application/json" });
    response.end(
      JSON.stringify({
        success: true,
        click_id: "cust_00000000000000000000000000000001_1715000000000",
        partner_code: "X",
        cookie_window_days: 60,
      }),
    );
  });
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
const collector = `http://track.shop.localhost:${port}`;
let serving = "";
let received = { requests: 0, sent: 0 };

const browser = await launchBrowser();
const rows: [string, Figures][] = [];
for (const { name, code } of await subjects()) rows.push([name, await measure(browser, code)]);
await browser.close();
server.closeAllConnections();
server.close();
print(rows);

async function subjects(): Promise<Subject[]> {
  const peer = async (code: string): Promise<string> => {
    const { code: bundled } = await bundle({
      stdin: { contents: code, resolveDir: import.meta.dirname },
      plugins: [
        {
          // The session replay that OpenPanel loads on demand, as its own script tag does.
          name: "on-demand",
          setup: (build) =>
            build.onResolve({ filter: /^\.\/replay/ }, ({ path }) => ({ path, external: true })),
        },
      ],
    });
    return shorten(bundled);
  };
  return [
    { name: "Clickferry", code: (await buildTracker()).code },
    {
      name: "js-cookie 3.0.8 (floor)",
      code: await peer(
        `import Cookies from "js-cookie"; Cookies.set("a", Cookies.get("a") || "b", { expires: 60 });`,
      ),
    },
    {
      name: "@plausible-analytics/tracker 0.4.6",
      code: await peer(
        `import { init } from "@plausible-analytics/tracker";
         init({ domain: "shop.localhost", endpoint: "${collector}/api/event", captureOnLocalhost: true, logging: false });`,
      ),
    },
    {
      name: "@openpanel/web 1.4.1",
      code: await peer(
        `import { OpenPanel } from "@openpanel/web";
         new OpenPanel({ clientId: "1", apiUrl: "${collector}", trackScreenViews: true });`,
      ),
    },
  ];
}

async function measure(browser: Browser, code: string): Promise<Figures> {
  serving = code;
  const load: number[] = [];
  const landing: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    load.push(await visit(browser, "/"));
    received = { requests: 0, sent: 0 };
    landing.push(await visit(browser, "/?aff=X"));
  }
  return { ...sizes(code), load: median(load), landing: median(landing), ...received };
}

/** @returns ms of the main thread. */
async function visit(browser: Browser, path: string): Promise<number> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const spans = await scripting(browser, page, SLOWDOWN, "/x.js", () =>
    page.goto(`http://shop.localhost:${port}${path}`, { waitUntil: "networkidle" }),
  );
  await context.close();
  return spans.reduce((sum, ms) => sum + ms, 0);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

function print(rows: [string, Figures][]): void {
  console.log("| script | raw | gzip | brotli | load ms | landing ms | requests | bytes sent |");
  console.log("| --- | --: | --: | --: | --: | --: | --: | --: |");
  for (const [name, { raw, gzip, brotli, load, landing, requests, sent }] of rows) {
    console.log(
      `| ${name} | ${raw} | ${gzip} | ${brotli} | ${load.toFixed(1)} | ${landing.toFixed(1)} | ${requests} | ${sent} |`,
    );
  }
  console.log(`\nMedian of ${ROUNDS}, CPU slowed down ${SLOWDOWN} times.`);
}
