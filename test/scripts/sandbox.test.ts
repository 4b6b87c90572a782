/** Both sandboxes fail as they are told to, over real sockets; how each answers when all is well is in its own test. */
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { openAvantlinkSandbox } from "../../scripts/sandbox/avantlink.ts";
import { openEverflowSandbox } from "../../scripts/sandbox/everflow.ts";
import type { Failure } from "../../scripts/sandbox/failure.ts";
import type { Sandbox } from "../../scripts/sandbox/sandbox.ts";
import { openSandboxes } from "../../scripts/sandbox/sandboxes.ts";
import { until } from "../support/node/until.ts";

const KEYS = { network: "network-key", affiliates: { "key-411": 411 } };
const MERCHANT = "6d1b3d5c-8d59-4c43-9d0e-7a3c1f0b2e44";

interface Subject {
  name: string;
  open(log?: (line: string) => void): Promise<Sandbox>;
  /** A good click with our id number `n`. */
  click(sandbox: Sandbox, n?: number, init?: RequestInit): Promise<Response>;
  success: unknown;
}

const SUBJECTS: Subject[] = [
  {
    name: "everflow",
    open: (log) => openEverflowSandbox({ keys: KEYS, log }),
    click: ({ url }, n = 1, init) =>
      fetch(`${url}/clk?oid=2101&affid=411&sub5=${clickId(n)}`, { redirect: "manual", ...init }),
    success: expect.objectContaining({ error_code: 0 }),
  },
  {
    name: "avantlink",
    open: (log) => openAvantlinkSandbox({ merchants: [MERCHANT], log }),
    click: ({ url }, n = 1, init) =>
      fetch(`${url}/merchants/${MERCHANT}/tracking/click`, {
        method: "POST",
        redirect: "manual",
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          "User-Agent": "Clickferry/0.1.0",
        },
        body: JSON.stringify({
          tracking_ids: { visitor_id: [clickId(n)], avantlink_avad: "77_f3afbe121" },
          user_agent: "Mozilla/5.0",
          current_url: "https://shop.example/?avad=77_f3afbe121",
        }),
        ...init,
      }),
    success: { success: true },
  },
];

function clickId(n: number): string {
  return `cust_${String(n).padStart(32, "0")}_1715000000000`;
}

/** The cause's code of a request that gets no answer. */
async function noAnswer(request: Promise<Response>): Promise<string> {
  const error = await request.then(
    ({ status }) => ({ cause: { code: `answered ${status}` } }),
    (error) => error,
  );
  return error.cause.code;
}

describe.for(SUBJECTS)("the $name sandbox", ({ name, open, click, success }) => {
  async function opened(log?: (line: string) => void): Promise<Sandbox> {
    const sandbox = await open(log);
    onTestFinished(() => sandbox.close());
    return sandbox;
  }
  /** Told so over HTTP. */
  async function told(sandbox: Sandbox, failure: object): Promise<Response> {
    return await fetch(`${sandbox.url}/_sandbox/fail`, { method: "POST", body: JSON.stringify(failure) });
  }

  test("takes clicks in, counts repeated ones and prints a line for each", async () => {
    const lines: string[] = [];
    const sandbox = await opened((line) => lines.push(line));
    for (const n of [1, 2, 1, 1]) expect(await (await click(sandbox, n)).json()).toEqual(success);
    expect(sandbox.counts).toEqual({ requests: 4, clicks: 4, distinct: 2, repeated: 2 });
    expect([1, 2, 3].map((n) => sandbox.times(clickId(n)))).toEqual([3, 1, 0]);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(new RegExp(`^${name}  click .*${clickId(1)}`));
    expect(lines.join()).not.toMatch(/[\r\n]/);
  });

  test("shows what it received, with headers and body, as it came", async () => {
    const sandbox = await opened();
    await click(sandbox, 7, name === "everflow" ? { headers: { "X-Forwarded-For": "198.51.100.7" } } : {});
    const shown = (await (await fetch(`${sandbox.url}/_sandbox/received`)).json()) as object;
    expect(shown).toEqual({
      counts: sandbox.counts,
      received: JSON.parse(JSON.stringify(sandbox.received)),
    });
    expect(sandbox.received).toMatchObject([{ click_id: clickId(7), outcome: "200" }]);
    expect(sandbox.received[0]!.url + sandbox.received[0]!.body).toContain(clickId(7));
    if (name === "everflow") {
      expect(sandbox.received[0]!.headers["x-forwarded-for"]).toBe("198.51.100.7");
    } else {
      expect(sandbox.received[0]!.headers["user-agent"]).toBe("Clickferry/0.1.0");
    }
  });

  test("told over HTTP, it fails so many times and is well again", async () => {
    const sandbox = await opened();
    expect((await told(sandbox, { mode: "status", status: 503, times: 2 })).status).toBe(200);
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await click(sandbox)).status);
    expect(statuses).toEqual([503, 503, 200]);
    expect(sandbox.received.map(({ outcome }) => outcome)).toEqual(["status", "status", "200"]);
    expect(sandbox.counts).toMatchObject({ requests: 3, clicks: 1 });
  });

  test("without a number of times it fails until it is told that all is well", async () => {
    const sandbox = await opened();
    await told(sandbox, { mode: "status", status: 500 });
    for (let i = 0; i < 3; i++) expect((await click(sandbox)).status).toBe(500);
    await told(sandbox, { mode: "none" });
    expect((await click(sandbox)).status).toBe(200);
  });

  test("several failures come one after the other", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "status", status: 429, times: 1 }, { mode: "not_json", times: 1 });
    expect((await click(sandbox)).status).toBe(429);
    expect(await (await click(sandbox)).text()).toMatch(/^<!doctype html>/);
    expect(await (await click(sandbox)).json()).toEqual(success);
  });

  test("a failure of one path leaves the others alone, and is not used up by them", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "status", status: 503, times: 1, path: "/elsewhere" });
    expect(await (await click(sandbox)).json()).toEqual(success);
    expect((await fetch(`${sandbox.url}/elsewhere?a=1`)).status).toBe(503);
    expect((await fetch(`${sandbox.url}/elsewhere?a=1`)).status).toBe(404);
  });

  test.for<[Failure, string | null]>([
    [{ mode: "status", status: 408 }, null],
    [{ mode: "status", status: 425, retry_after: 0 }, "0"],
    [{ mode: "status", status: 429, retry_after: 7 }, "7"],
    [{ mode: "status", status: 503, retry_after: 7, retry_after_as: "seconds" }, "7"],
    [{ mode: "status", status: 500 }, null],
    [{ mode: "status", status: 404 }, null],
  ])("%j", async ([failure, retryAfter]) => {
    const sandbox = await opened();
    await sandbox.fail(failure);
    const response = await click(sandbox);
    expect([response.status, response.headers.get("Retry-After")]).toEqual([
      (failure as { status: number }).status,
      retryAfter,
    ]);
    expect(sandbox.counts.clicks).toBe(0);
  });

  test("Retry-After as a date", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "status", status: 503, retry_after: 3_600, retry_after_as: "date" });
    const before = Date.now();
    const date = (await click(sandbox)).headers.get("Retry-After")!;
    expect(date).toMatch(/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/);
    // A date has whole seconds.
    expect(Date.parse(date)).toBeGreaterThanOrEqual(before + 3_599_000);
    expect(Date.parse(date)).toBeLessThanOrEqual(Date.now() + 3_600_000);
  });

  test("refuse: the port is closed, also for connections that were open, and opens again", async () => {
    const sandbox = await opened();
    await click(sandbox);
    await sandbox.fail({ mode: "refuse" });
    expect(await noAnswer(click(sandbox))).toBe("ECONNREFUSED");
    await sandbox.heal();
    expect((await click(sandbox)).status).toBe(200);
    expect(sandbox.counts.requests).toBe(2);
  });

  test("refuse for a time: the port opens by itself", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "refuse", seconds: 0.1 });
    await until(async () => (await noAnswer(click(sandbox))) === "answered 200", 10_000);
  });

  test("refuse over HTTP: it answers, closes, and opens by itself", async () => {
    const sandbox = await opened();
    expect((await told(sandbox, { mode: "refuse", seconds: 0.2 })).status).toBe(200);
    expect(await noAnswer(click(sandbox))).toBe("ECONNREFUSED");
    await until(async () => (await noAnswer(click(sandbox))) === "answered 200", 10_000);
  });

  test("a request that is under way when the port closes is cut off", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "hang" });
    const hanging = noAnswer(click(sandbox));
    await until(() => sandbox.counts.requests === 1, 5_000);
    await sandbox.fail({ mode: "refuse" });
    expect(await hanging).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
  });

  test("reset: the connection ends with RST, and the click is not taken in", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "reset", times: 1 });
    // An orderly end would be UND_ERR_SOCKET.
    expect(await noAnswer(click(sandbox))).toBe("ECONNRESET");
    expect(sandbox.received).toMatchObject([{ click_id: clickId(1), outcome: "reset" }]);
    expect(sandbox.counts.clicks).toBe(0);
    expect((await click(sandbox)).status).toBe(200);
  });

  test("a click can be taken in although its answer gets lost", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "reset", times: 1, taken: true });
    expect(await noAnswer(click(sandbox))).toBe("ECONNRESET");
    expect(sandbox.times(clickId(1))).toBe(1);
    await click(sandbox);
    expect(sandbox.counts).toMatchObject({ clicks: 2, distinct: 1, repeated: 1 });
  });

  test("hang: no answer, while others are answered", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "hang", times: 1 });
    const giveUp = new AbortController();
    let over = false;
    const hanging = click(sandbox, 1, { signal: giveUp.signal }).finally(() => {
      over = true;
    });
    hanging.catch(() => undefined);
    await until(() => sandbox.counts.requests === 1, 5_000);
    expect((await click(sandbox, 2)).status).toBe(200);
    expect(over).toBe(false);
    giveUp.abort();
    await expect(hanging).rejects.toThrow("aborted");
  });

  test("delay: the right answer, late; the click was taken in at once", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "delay", ms: 150, times: 1 });
    const start = performance.now();
    const late = click(sandbox);
    await until(() => sandbox.times(clickId(1)) === 1, 5_000);
    const response = await late;
    // Timers may fire a millisecond early.
    expect(performance.now() - start).toBeGreaterThan(148);
    expect(await response.json()).toEqual(success);
  });

  test("a delayed answer does not keep the sandbox from closing", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "delay", ms: 3_600_000 });
    const late = noAnswer(click(sandbox));
    await until(() => sandbox.counts.requests === 1, 5_000);
    await sandbox.close();
    expect(await late).not.toMatch("answered");
  });

  test("not_json: 200 with a page", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "not_json" });
    const response = await click(sandbox);
    expect([response.status, response.headers.get("Content-Type")]).toEqual([200, "text/html"]);
    await expect(response.json()).rejects.toThrow(SyntaxError);
  });

  test("cut_off: 200, half of the right answer, and the end; the click was taken in", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "cut_off" });
    const { head, body } = await raw(sandbox, name === "everflow" ? "GET" : "POST");
    expect(head).toMatch(/^HTTP\/1.1 200 /);
    const promised = Number(/content-length: (\d+)/i.exec(head)![1]);
    expect(body).toMatch(name === "everflow" ? /^{"aid":411,"err/ : /^{"succe/);
    expect(body.length).toBe(Math.floor(promised / 2));
    const response = await click(sandbox);
    await expect(response.text()).rejects.toThrow("terminated");
    expect(sandbox.counts.clicks).toBe(2);
  });

  /** The bytes of an answer, up to the end of the connection. */
  async function raw(sandbox: Sandbox, method: string): Promise<{ head: string; body: string }> {
    const socket = connect(sandbox.port, "127.0.0.1");
    const sent = JSON.stringify({
      tracking_ids: { visitor_id: [clickId(9)] },
      user_agent: "",
      current_url: "",
    });
    const path =
      method === "GET"
        ? `/clk?oid=2101&affid=411&sub5=${clickId(9)}`
        : `/merchants/${MERCHANT}/tracking/click`;
    socket.write(
      `${method} ${path} HTTP/1.1\r\nHost: sandbox\r\nContent-Type: application/json\r\nAccept: application/json\r\n` +
        `User-Agent: test\r\nContent-Length: ${method === "GET" ? 0 : sent.length}\r\n\r\n${method === "GET" ? "" : sent}`,
    );
    let text = "";
    socket.setEncoding("utf8").on("data", (part) => {
      text += part;
    });
    await once(socket, "close");
    const [head = "", body = ""] = text.split("\r\n\r\n", 2);
    return { head, body };
  }

  test.for<Failure>([{ mode: "endless" }, { mode: "endless", ms: 1 }])(
    "%j: a body without an end, until its reader has had enough",
    async (failure) => {
      const sandbox = await opened();
      await sandbox.fail(failure);
      const response = await click(sandbox);
      expect(response.status).toBe(200);
      const reader = response.body!.getReader();
      const enough = "ms" in failure ? 3 : 1_000_000;
      for (let bytes = 0; bytes < enough; ) {
        const { done, value } = await reader.read();
        expect(done).toBe(false);
        bytes += value!.length;
      }
      await reader.cancel();
      await sandbox.heal();
      expect((await click(sandbox)).status).toBe(200);
    },
  );

  test.for<[Failure, number, string]>([
    [{ mode: "redirect" }, 302, "/elsewhere"],
    [{ mode: "redirect", status: 308, location: "/further" }, 308, "/further"],
  ])("%j", async ([failure, status, path]) => {
    const sandbox = await opened();
    await sandbox.fail({ ...failure, times: 1 } as Failure);
    const response = await click(sandbox);
    expect(response.status).toBe(status);
    expect(new URL(response.headers.get("Location")!, sandbox.url).href).toBe(sandbox.url + path);
    expect(sandbox.counts.clicks).toBe(0);
  });

  test("a redirect that is followed shows", async () => {
    const sandbox = await opened();
    await sandbox.fail({ mode: "redirect", times: 1 });
    expect((await click(sandbox, 1, { redirect: "follow" })).status).toBe(404);
    expect(sandbox.received.map(({ method, url }) => `${method} ${url}`)).toContain("GET /elsewhere");
  });

  test("a failure that it does not know, or that is another network's, is refused with those it knows", async () => {
    const sandbox = await opened();
    const foreign = name === "everflow" ? "error_key" : "error_code";
    for (const failure of [{ mode: "explode" }, { mode: foreign, code: 1 }, {}, { mode: "delay" }]) {
      const response = await told(sandbox, failure);
      expect(response.status).toBe(400);
      const { error } = (await response.json()) as { error: string };
      expect(error).toContain(
        "modes: refuse, reset, hang, delay, status, not_json, cut_off, endless, redirect",
      );
      expect(error.split("modes:")[1]).not.toContain(foreign);
    }
    expect((await click(sandbox)).status).toBe(200);
    await expect(sandbox.fail({ mode: foreign, code: 1 } as Failure)).rejects.toThrow("is no failure of");
  });

  test("a page in a browser cannot tell it anything", async () => {
    const sandbox = await opened();
    const response = await fetch(`${sandbox.url}/_sandbox/fail`, {
      method: "POST",
      headers: { Origin: "https://shop.example" },
      body: JSON.stringify({ mode: "hang" }),
    });
    expect(response.status).toBe(403);
    expect((await click(sandbox)).status).toBe(200);
  });

  test("thousands of clicks are counted each, and remembered as the newest thousand", async () => {
    const sandbox = await opened();
    const clicks = 3_500;
    let next = 1;
    const sender = async () => {
      while (next <= clicks) await (await click(sandbox, next++)).arrayBuffer();
    };
    await Promise.all(Array.from({ length: 16 }, sender));
    expect(sandbox.counts).toEqual({ requests: clicks, clicks, distinct: clicks, repeated: 0 });
    expect(sandbox.received).toHaveLength(1_000);
    expect(sandbox.times(clickId(1))).toBe(1);
  });

  test("an idle connection is kept longer than clients keep theirs", async () => {
    // The one that the server closes first fails the request that was just sent on it.
    const response = await click(await opened());
    expect(response.headers.get("Keep-Alive")).toBe("timeout=120");
  });

  test("a port that is taken is named", async () => {
    const { port } = await opened();
    const again =
      name === "everflow" ? openEverflowSandbox({ keys: KEYS, port }) : openAvantlinkSandbox({ port });
    await expect(again).rejects.toThrow(`EADDRINUSE: address already in use 127.0.0.1:${port}`);
  });
});

test("both together come with the settings that point a program at them", async () => {
  const lines: string[] = [];
  const sandboxes = await openSandboxes({ log: (line) => lines.push(line) });
  onTestFinished(() => sandboxes.close());
  const { everflow, avantlink } = sandboxes.program;
  const { offer_id, affiliate_id } = sandboxes.link(0);
  expect(everflow.tracking_domain).toBe(sandboxes.everflow.url);
  const clk = `${everflow.tracking_domain}/clk?oid=${offer_id}&affid=${affiliate_id}`;
  expect(await (await fetch(clk)).json()).toMatchObject({ oid: offer_id, aid: affiliate_id, error_code: 0 });
  const path = `/merchants/${avantlink.merchant_id}/tracking/click`;
  expect((await fetch(avantlink.base_url + path, { method: "POST" })).status).toBe(400);
  expect(lines.map((line) => line.split("  ")[0])).toEqual(["everflow", "avantlink"]);
  const link = await fetch(`${sandboxes.everflow.url}/v1/networks/tracking/offers/clicks`, {
    method: "POST",
    headers: { "X-Eflow-API-Key": sandboxes.secrets[everflow.api_key_secret]! },
    body: JSON.stringify({ network_offer_id: offer_id, network_affiliate_id: affiliate_id }),
  });
  expect(link.status).toBe(200);
});
