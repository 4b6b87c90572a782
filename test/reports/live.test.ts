/** The stream's rules, look by look. Over real sockets and real alarms: test/journey/live.test.ts. */

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import type { z } from "zod";
import { clickSecrets } from "../../worker/env.ts";
import { liveOf } from "../../worker/reports/live/live.ts";
import { type Watch, watchRequest } from "../../worker/reports/live/watch.ts";
import { LiveMessage } from "../../worker/reports/schemas/live.ts";
import { sessionCookie } from "../../worker/reports/session.ts";
import { call, ORIGIN, programWithLink } from "./support/call.ts";
import { clickIdAt, insertClick, insertDelivery } from "./support/rows.ts";

type Ids = Awaited<ReturnType<typeof programWithLink>>;
type Message = z.output<typeof LiveMessage>;
type Clicks = Extract<Message, { type: "clicks" }>;

const BEARER = { Authorization: `Bearer ${env.ADMIN_TOKEN}` };

let mine: Ids;
let others: Ids;

beforeAll(async () => {
  mine = await programWithLink("MINE");
  others = await programWithLink("OTHERS");
});

beforeEach(async () => {
  await env.DB.prepare("DELETE FROM affiliate_click_events").run();
});

interface Watching {
  /** The next message. */
  next(): Promise<Message>;
  /** Ids of the clicks in the next message, which is of clicks. */
  ids(): Promise<string[]>;
  closed: Promise<{ code: number; reason: string }>;
  socket: WebSocket;
}

function upgrade(path: string, headers: Record<string, string> = BEARER) {
  return exports.default.fetch(
    new Request(`${ORIGIN}/api/admin${path}`, { headers: { Upgrade: "websocket", ...headers } }),
  );
}

/** An open stream, its hello read. */
async function watch(path = "/live", headers?: Record<string, string>): Promise<Watching> {
  return opened(await upgrade(path, headers));
}

async function watchAs(given: Partial<Watch>, after?: string): Promise<Watching> {
  return opened(await liveOf(env).fetch(watchRequest({ expires_at: null, ...given }, after)));
}

async function opened(response: Response): Promise<Watching> {
  expect(response.status).toBe(101);
  const socket = response.webSocket!;
  const arrived: Message[] = [];
  let waiting = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  socket.addEventListener("message", ({ data }) => {
    if (data === "pong") return;
    arrived.push(LiveMessage.parse(JSON.parse(data as string)));
    waiting.resolve();
  });
  socket.addEventListener("close", ({ code, reason }) => closed.resolve({ code, reason }));
  socket.accept();
  onTestFinished(() => {
    try {
      socket.close();
    } catch {
      // The collector has closed it.
    }
  });
  const next = async () => {
    while (arrived.length === 0) {
      await waiting.promise;
      waiting = Promise.withResolvers();
    }
    return arrived.shift()!;
  };
  const ids = async () => {
    const message = await next();
    expect(message.type).toBe("clicks");
    return (message as Clicks).clicks.map(({ id }) => id);
  };
  expect((await next()).type).toBe("hello");
  return { next, ids, closed: closed.promise, socket };
}

let latest = 0;

/** A click answered `ago` ms before it is recorded, which is now, and after all others. */
async function recorded(of: Ids, more: Record<string, unknown> = {}, ago = 300): Promise<string> {
  const now = Math.max(Date.now(), latest + 1);
  latest = now;
  return insertClick({ at: now - ago, ...of }, { kept_at: now - ago + 2, recorded_at: now, ...more });
}

/** In which nobody watches: nothing is remembered of what was recorded before. */
async function aMinutePasses(): Promise<void> {
  await evictDurableObject(liveOf(env));
  await env.DB.prepare("UPDATE affiliate_click_events SET recorded_at = recorded_at - 60000").run();
}

/** The same, owed to Everflow. Its delivery is there first, as if both came in one transaction. */
async function owed(of: Ids, more: Record<string, unknown> = {}): Promise<string> {
  const id = clickIdAt(Date.now());
  await insertDelivery({ event_id: id, program_id: of.program_id });
  await recorded(of, { id, customer_id: id, ...more });
  return id;
}

const look = () => runDurableObjectAlarm(liveOf(env));

test("a click appears once, with its way and its deliveries", async () => {
  const { next, ids } = await watch();
  const page_title = "</script><img src=x onerror=alert(1)>";
  const id = await owed(mine, { page_title, country: "US", browser: "Chrome" });
  await look();
  const message = (await next()) as Clicks;
  expect(message).toMatchObject({ type: "clicks", skipped: 0 });
  expect(message.clicks).toMatchObject([
    { id, link_code: "MINE", partner_id: mine.partner_id, page_title, country: "US", browser: "Chrome" },
  ]);
  const [click] = message.clicks;
  expect(click!.recorded_at).toBeGreaterThan(click!.kept_at!);
  expect(click!.deliveries).toEqual([
    { network: "everflow", state: "pending", settled_at: null, reason: null, attempt_count: 0 },
  ]);
  await look();
  const second = await recorded(mine);
  await look();
  expect(await ids()).toEqual([second]);
});

// Live was an empty box whenever its page was loaded.
test("a stream begins with the latest twenty clicks of its scope, and goes on with what is new", async () => {
  const before: string[] = [];
  for (let i = 0; i < 22; i++) before.push(await recorded(mine, {}, 8_000 - i * 300));
  const theirs = await recorded(others, {}, 9_000);
  // Recorded before times were kept.
  const old = await recorded(others, { recorded_at: null, kept_at: null }, 90_000);
  const first = async ({ next }: Watching) => ((await next()) as Clicks).clicks.map(({ id }) => id);
  const everyone = await watch();
  const shown = await first(everyone);
  expect(shown).toHaveLength(20);
  expect(shown).toEqual(before.slice(2));
  const partner = await watchAs({ partner_id: others.partner_id });
  expect(await first(partner)).toEqual([old, theirs]);
  expect(await first(await watch(`/live?link_id=${mine.link_id}`))).toEqual(before.slice(2));
  const id = await recorded(mine);
  const other = await recorded(others);
  await look();
  expect(await everyone.ids()).toEqual([id, other]);
  expect(await partner.ids()).toEqual([other]);
});

test("what a stream began with is not told again when the object's memory is gone", async () => {
  const before = await recorded(mine);
  const { ids } = await watch();
  expect(await ids()).toEqual([before]);
  await evictDurableObject(liveOf(env));
  const id = await recorded(mine);
  await look();
  expect(await ids()).toEqual([id]);
});

test("the clicks that a stream begins with are without personal data for a partner, and their deliveries go on for a manager", async () => {
  const event_id = await owed(mine, { page_url: "https://shop.example/?email=jane@shop.example" });
  const manager = await watch();
  const partner = await watchAs({ partner_id: mine.partner_id });
  expect((await manager.next()) as Clicks).toMatchObject({
    clicks: [{ deliveries: [{ state: "pending" }] }],
  });
  const own = (await partner.next()) as Clicks;
  expect(own.clicks).toMatchObject([{ id: event_id, deliveries: [] }]);
  expect(JSON.stringify(own)).not.toContain("jane");
  await settle(event_id, "delivered", [{ at: 1_000, duration_ms: 5, status: 200, words: "error_code 0" }]);
  await look();
  expect(await manager.next()).toMatchObject({
    type: "deliveries",
    deliveries: [{ event_id, state: "delivered" }],
  });
});

test("a click that is recorded late, behind others or by an hour, is not missed", async () => {
  const { ids } = await watch();
  const late = Date.now();
  const first = await recorded(mine);
  await look();
  expect(await ids()).toEqual([first]);
  // Of another shard, whose batch began before and ended after.
  const slow = await insertClick({ at: late - 2_000, ...mine }, { recorded_at: late - 1 });
  await look();
  expect(await ids()).toEqual([slow]);
  // D1 was down for its shard.
  const hour = await recorded(mine, {}, 3_500_000);
  for (let i = 0; i < 10; i++) await look();
  expect(await ids()).toEqual([hour]);
});

test("a stream of a program, a link or a partner has nothing of others", async () => {
  const streams = [
    await watch(`/live?program_id=${mine.program_id}`),
    await watch(`/live?link_id=${mine.link_id}`),
    await watchAs({ partner_id: mine.partner_id }),
  ];
  const everyone = await watch();
  const theirs = await recorded(others);
  await look();
  const own = await recorded(mine);
  await look();
  for (const { ids } of streams) expect(await ids()).toEqual([own]);
  expect(await everyone.ids()).toEqual([theirs]);
  const nobody = await watch(`/live?program_id=${mine.program_id}&link_id=${others.link_id}`);
  await recorded(mine);
  await recorded(others);
  await look();
  nobody.socket.close(1000);
  expect((await nobody.closed).code).toBe(1000);
});

test("a delivery is told of as it goes on, to managers alone", async () => {
  const manager = await watch();
  const partner = await watchAs({ partner_id: mine.partner_id });
  const event_id = await owed(mine);
  await look();
  await manager.next();
  expect(((await partner.next()) as Clicks).clicks).toMatchObject([{ id: event_id, deliveries: [] }]);
  const failed = { at: 1_000, duration_ms: 5, status: 503, words: "busy" };
  const told = { event_id, network: "everflow", reason: "busy" };
  await settle(event_id, "pending", [failed]);
  await look();
  expect(await manager.next()).toEqual({
    type: "deliveries",
    deliveries: [{ ...told, state: "pending", settled_at: null, attempt_count: 1 }],
  });
  await settle(event_id, "rejected", [failed, { ...failed, at: 2_000 }]);
  await look();
  expect(await manager.next()).toEqual({
    type: "deliveries",
    deliveries: [{ ...told, state: "rejected", settled_at: 2_005, attempt_count: 2 }],
  });
  const next = await recorded(mine);
  await look();
  expect(await manager.ids()).toEqual([next]);
  expect(await partner.ids()).toEqual([next]);
});

test("a partner's stream has no personal data of visitors; a manager's has", async () => {
  const manager = await watch();
  const partner = await watchAs({ partner_id: mine.partner_id });
  const page_url = "https://shop.example/thanks?email=jane%40example.com&size=4";
  await recorded(mine, { page_url, page_title: "Thanks, jane@example.com" });
  await look();
  expect(((await manager.next()) as Clicks).clicks).toMatchObject([{ page_url }]);
  expect(((await partner.next()) as Clicks).clicks).toMatchObject([
    { page_url: "https://shop.example/thanks?size=4", page_title: "Thanks, redacted" },
  ]);
});

async function settle(event_id: string, state: string, attempts: object[]): Promise<void> {
  await env.DB.prepare("UPDATE deliveries SET state = ?, reason = 'busy', attempts = ? WHERE event_id = ?")
    .bind(state, JSON.stringify(attempts), event_id)
    .run();
}

test("of more than fifty at once the newest are shown, and the others counted", async () => {
  const { next } = await watch();
  const all: string[] = [];
  for (let i = 0; i < 53; i++) all.push(await recorded(mine));
  await look();
  const shown: string[] = [];
  let skipped = 0;
  while (shown.at(-1) !== all.at(-1)) {
    const message = (await next()) as Clicks;
    expect(message.clicks.length).toBeLessThanOrEqual(50);
    shown.push(...message.clicks.map(({ id }) => id));
    skipped += message.skipped;
  }
  expect(shown.length + skipped).toBe(53);
  expect(shown).toEqual(all.slice(-shown.length));
});

test.each([
  ["at once", false],
  ["after a minute", true],
])("who comes back %s has what was missed, once, and how deliveries went on", async (_, forgotten) => {
  const before = await watch(`/live?program_id=${mine.program_id}`);
  const last = await owed(mine);
  await look();
  expect(await before.ids()).toEqual([last]);
  before.socket.close(1000);
  await before.closed;
  const missed = [await recorded(mine)];
  await recorded(others);
  missed.push(await recorded(mine));
  await settle(last, "delivered", [{ at: 3_000, duration_ms: 7, status: 200, words: "busy" }]);
  if (forgotten) await aMinutePasses();
  const after = await watch(`/live?program_id=${mine.program_id}&after=${last}`);
  expect(await after.ids()).toEqual(missed);
  const { deliveries } = (await after.next()) as Extract<Message, { type: "deliveries" }>;
  expect(deliveries.find(({ event_id }) => event_id === last)).toMatchObject({
    state: "delivered",
    settled_at: 3_007,
  });
  const next = await recorded(mine);
  await look();
  expect(await after.ids()).toEqual([next]);
});

test.each([
  ["at once", false],
  ["after a minute", true],
])("a partner who comes back %s has its own missed clicks alone", async (_, forgotten) => {
  const last = await owed(mine);
  const before = await watchAs({ partner_id: mine.partner_id });
  before.socket.close(1000);
  await before.closed;
  await owed(others);
  const missed = await owed(mine);
  if (forgotten) await aMinutePasses();
  const { next, ids } = await watchAs({ partner_id: mine.partner_id }, last);
  expect(((await next()) as Clicks).clicks).toMatchObject([{ id: missed, deliveries: [] }]);
  const then = await recorded(mine);
  await look();
  expect(await ids()).toEqual([then]);
});

test("who comes back after very many has the newest 200, and is told how many more there were", async () => {
  const first = await recorded(mine, { recorded_at: Date.now() - 60_000 }, 70_000);
  const at = Date.now() - 50_000;
  for (let i = 0; i < 207; i++) await insertClick({ at, ...mine }, { recorded_at: at + i });
  const { next } = await watchAs({ link_id: mine.link_id }, first);
  const messages: Clicks[] = [];
  for (let shown = 0; shown < 200; shown += messages.at(-1)!.clicks.length)
    messages.push((await next()) as Clicks);
  expect(messages.map(({ clicks }) => clicks.length)).toEqual([50, 50, 50, 50]);
  expect(messages[0]!.skipped).toBeGreaterThanOrEqual(7);
  expect(messages.slice(1).map(({ skipped }) => skipped)).toEqual([0, 0, 0]);
});

test("who comes back after a click that is no longer kept has what was recorded since", async () => {
  const link = await programWithLink("LONG-AGO");
  const gone = clickIdAt(Date.now() - 100 * 86_400_000);
  const missed = [await recorded(link), await recorded(link)];
  expect(await (await watchAs({ link_id: link.link_id }, gone)).ids()).toEqual(missed);
});

test("a stream outlives the object's memory, and nothing is told twice", async () => {
  const { ids } = await watch();
  const first = await recorded(mine);
  await look();
  expect(await ids()).toEqual([first]);
  await evictDurableObject(liveOf(env));
  const second = await recorded(mine);
  await look();
  expect(await ids()).toEqual([second]);
});

test("a stream ends with its session", async () => {
  const { closed } = await watchAs({ expires_at: Date.now() + 1 });
  await look();
  expect(await closed).toEqual({ code: 4401, reason: "The session has ended" });
});

test("a rotated key ends its partner's streams at once, and no other's", async () => {
  const theirs = await watchAs({ partner_id: mine.partner_id, expires_at: Date.now() + 3_600_000 });
  const manager = await watch();
  const other = await watchAs({ partner_id: others.partner_id });
  const rotated = await call("POST", `/partners/${mine.partner_id}/rotate-key`);
  expect(rotated.status).toBe(200);
  expect(await theirs.closed).toEqual({ code: 4401, reason: "The session has ended" });
  const id = await recorded(others);
  await look();
  expect(await manager.ids()).toEqual([id]);
  expect(await other.ids()).toEqual([id]);
});

test("when nobody watches any more, nothing is looked for", async () => {
  const { socket, closed } = await watch();
  socket.close(1000);
  await closed;
  await look();
  const alarm = await runInDurableObject(liveOf(env), (_, { storage }) => storage.getAlarm());
  expect(alarm).toBeNull();
});

test("a stream that is told anything but ping is closed", async () => {
  const { socket, closed } = await watch();
  socket.send("ping");
  socket.send("hello");
  expect(await closed).toMatchObject({ code: 1003 });
});

test("a browser watches from the collector's own pages only", async () => {
  const { header } = await sessionCookie(
    clickSecrets(env),
    { role: "admin", token: env.ADMIN_TOKEN },
    Date.now(),
    { path: "/", secure: true },
  );
  const Cookie = header.split(";")[0]!;
  for (const headers of [
    { Cookie },
    { Cookie, Origin: "https://shop.example" },
    { Cookie, Origin: ORIGIN, "Sec-Fetch-Site": "same-site" },
    { ...BEARER, Origin: "https://shop.example" },
  ] as Record<string, string>[]) {
    const response = await upgrade("/live", headers);
    expect(response.status).toBe(403);
    expect(response.webSocket).toBeNull();
  }
  await watch("/live", { Cookie, Origin: ORIGIN });
});

test.each([
  ["no token", "/live", {}, 401, { error: "Unauthorized" }],
  ["a wrong token", "/live", { Authorization: "Bearer x" }, 401, { error: "Unauthorized" }],
  [
    "a wrong place",
    "/live?after=x",
    BEARER,
    400,
    { error: "after must be the id of a click, 32 hexadecimal characters", field: "after" },
  ],
  [
    "an unknown filter",
    "/live?partner_id=1",
    BEARER,
    400,
    { error: "partner_id is not a field of this request", field: "partner_id" },
  ],
])("a stream with %s is refused", async (_, path, headers, status, body) => {
  const response = await upgrade(path, headers as Record<string, string>);
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual(body);
});
