/**
 * Seen as it happens: tells open sockets of clicks as they are recorded, and of their deliveries as they go on.
 *
 * Nothing tells this object of a click, so that the way of clicks costs nothing when nobody watches, and nothing more
 * when many do: while sockets are open it looks into D1 itself, by an alarm, once for all of them. Between two looks it
 * may be asleep; the sockets stay (hibernation), each with its place.
 *
 * Clicks are recorded in no order: shards record side by side, and a click may come hours late. So a look goes over a
 * stretch of time, short or now and then long, takes what was recorded lately, and remembers what it has seen.
 */

import { DurableObject } from "cloudflare:workers";
import type { z } from "zod";
import type { Env } from "../../env.ts";
import { newestClicks } from "../newest-clicks.ts";
import type { LiveMessage } from "../schemas/live.ts";
import { withoutPersonalData } from "../without-personal-data.ts";
import { OpenDeliveries } from "./open-deliveries.ts";
import {
  type LiveClickAnswer,
  newestUpTo,
  type OwedAnswer,
  readClicks,
  readOwed,
  recordedAfter,
  recordedSince,
} from "./read-clicks.ts";
import { byRecording, type Place, type Sighted, Sights } from "./sights.ts";
import { fits, readWatch, type Watch } from "./watch.ts";

const TICK_MS = 500;
/** After a fault, of D1 above all. */
const FAULT_PAUSE_MS = 2_000;
/** How far back a look goes in the clicks' time, and over how many rows at most: nearly always … */
const NEAR = { reach_ms: 10_000, rows: 20_000 };
/** … and every so often, for what D1 could not take earlier. */
const DEEP = { reach_ms: 3_600_000, rows: 50_000, every_looks: 10 };
/** From a click's recorded_at to the end of its batch, at most; clocks of two machines included. */
const COMMIT_MS = 30_000;
const MOST_SOCKETS = 200;
const MOST_CLICKS = 50;
const MOST_RESUMED = 200;
/** Of what was there before: a page that has just been opened is not empty. */
const SHOWN_FIRST = 20;
const MOST_DELIVERIES = 200;
const RESUME_DELIVERIES_MS = 600_000;
/** Then a client connects anew and shows that it still may: an ADMIN_TOKEN can be changed while its socket is open. */
const RENEW_MS = 900_000;

/** Codes of the closing frame. */
const ENDED = { code: 4401, reason: "The session has ended" };
const RENEW = { code: 4000, reason: "Connect again" };

type Message = z.output<typeof LiveMessage>;

/** Kept with the socket, so that it outlives this object's memory. */
interface Attached {
  watch: Watch;
  /** Unix ms. */
  renew_at: number;
  /** Of the last click that it was told of. */
  place: Place;
}

export function liveOf(env: Env) {
  return env.LIVE.getByName("live");
}

export class Live extends DurableObject<Env> {
  #sights: Sights | undefined;
  #lookedAt = 0;
  /** Since the last one that went deep. */
  #looks = 0;
  readonly #open = new OpenDeliveries();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    // Answered by the runtime, also while this object sleeps.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** @param request made by watchRequest(). */
  override async fetch(request: Request): Promise<Response> {
    const { watch, after } = readWatch(request);
    if (this.#sockets().length >= MOST_SOCKETS) return tooMany();
    const { 0: client, 1: server } = new WebSocketPair();
    await this.#alone(() => this.#join(server, watch, after));
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + TICK_MS);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Ends a partner's streams: its key is no longer good. After one that is just being opened with it. */
  async endPartner(partner_id: number): Promise<void> {
    await this.#alone(async () => {
      for (const socket of this.#sockets()) {
        if (attached(socket).watch.partner_id === partner_id) close(socket, ENDED);
      }
    });
  }

  override webSocketMessage(socket: WebSocket): void {
    socket.close(1003, "Nothing but ping is understood");
  }

  override webSocketClose(socket: WebSocket): void {
    close(socket, { code: 1000, reason: "" });
  }

  /** Never throws: the runtime gives up on an alarm that fails a few times. */
  override async alarm(): Promise<void> {
    let wait_ms = TICK_MS;
    try {
      this.#closeEnded(Date.now());
      if (this.#sockets().length > 0) await this.#alone(() => this.#look(Date.now()));
    } catch (error) {
      wait_ms = FAULT_PAUSE_MS;
      console.error("looking for clicks failed", error);
    } finally {
      // Asked again: one may have come or gone meanwhile.
      if (this.#sockets().length > 0) await this.ctx.storage.setAlarm(Date.now() + wait_ms);
    }
  }

  /** Those still open: one that was closed here is listed until its client answers, which it may never do. */
  #sockets(): WebSocket[] {
    return this.ctx.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN);
  }

  /** One after the other: a look and a socket that comes would each miss, or tell twice, what the other reads. */
  #alone<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(task);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** @throws when D1 fails: then there is nothing to watch, and the client tries again. */
  async #join(socket: WebSocket, watch: Watch, after: string | undefined): Promise<void> {
    // What is in D1 by now is not news, and the latest of it is shown first; all that comes is.
    await this.#look(Date.now());
    const now = Date.now();
    const missed = after === undefined ? await this.#latest(watch) : await this.#missed(watch, after);
    const owed = after === undefined ? [] : await this.#owedUpTo(watch, after, now);
    const newest = missed.slice(-MOST_RESUMED);
    const clicks = await readClicks(this.env.DB, idsOf(newest));
    this.ctx.acceptWebSocket(socket);
    const renew_at = Math.min(now + RENEW_MS, watch.expires_at ?? Number.POSITIVE_INFINITY);
    attach(socket, { watch, renew_at, place: { recorded_at: now, id: "" } });
    send(socket, { type: "hello", now });
    for (let i = 0; i < newest.length; i += MOST_CLICKS) {
      const skipped = i === 0 ? missed.length - newest.length : 0;
      this.#tell(socket, newest.slice(i, i + MOST_CLICKS), skipped, clicks);
    }
    if (after === undefined) {
      // Of the others nothing is to be told: its place is here, not at the last click that it has got.
      attach(socket, { ...attached(socket), place: { recorded_at: now, id: "" } });
      for (const click of newest)
        this.#open.follow(click.id, click, clicks.get(click.id)?.deliveries ?? [], now);
    }
    tellDeliveries(socket, owed);
  }

  /** Only what no later look will tell. */
  async #latest(watch: Watch): Promise<Sighted[]> {
    const { expires_at: _, ...scope } = watch;
    const found = await newestClicks(this.env.DB, { ...scope, format: "json" }, SHOWN_FIRST, undefined);
    return found
      .map((click) => ({ ...click, recorded_at: click.recorded_at ?? click.at }))
      .filter((click) => this.#isTold(click))
      .toSorted(byRecording);
  }

  /** A look has seen it, or it is too old for any. */
  #isTold({ id, recorded_at }: Sighted): boolean {
    return recorded_at < this.#lookedAt - COMMIT_MS || this.#sights!.has(id);
  }

  /** Only what a look has seen: what was recorded since will be told by the next. */
  async #missed(watch: Watch, after: string): Promise<Sighted[]> {
    const seen = this.#sights!.after(after);
    if (seen) return seen.filter((click) => fits(watch, click));
    const found = await recordedAfter(this.env.DB, watch, after, DEEP);
    return found.filter((click) => this.#isTold(click)).toSorted(byRecording);
  }

  /** How the deliveries stand of what the client has already, and from here on how they go on. */
  async #owedUpTo(watch: Watch, after: string, now: number): Promise<OwedAnswer[]> {
    if (watch.partner_id !== undefined) return [];
    const from = now - RESUME_DELIVERIES_MS;
    const known = await newestUpTo(this.env.DB, watch, after, { ...NEAR, from, most: MOST_RESUMED });
    const owed = await readOwed(this.env.DB, idsOf(known));
    const byClick = Map.groupBy(owed, ({ event_id }) => event_id);
    for (const click of known) this.#open.follow(click.id, click, byClick.get(click.id) ?? [], now);
    return owed;
  }

  async #look(now: number): Promise<void> {
    // Too long ago, for nobody watched or D1 was down: what was recorded meanwhile is told by the sockets' places.
    if (now - this.#lookedAt > COMMIT_MS / 2) this.#sights = undefined;
    const since = this.#sights
      ? Math.max(now - COMMIT_MS, this.#sights.since)
      : Math.min(now - COMMIT_MS, ...this.#places().map(({ recorded_at }) => recorded_at));
    const deep = !this.#sights || ++this.#looks >= DEEP.every_looks;
    const { reach_ms, rows } = deep ? DEEP : NEAR;
    const found = await recordedSince(this.env.DB, { since, from: now - reach_ms, rows });
    const before = this.#sights;
    const sights = before ?? new Sights();
    const fresh = sights.add(found);
    try {
      await this.#tellAll(fresh, before === undefined, now);
    } catch (error) {
      // They have not been told: the next look begins at their places.
      this.#sights = undefined;
      throw error;
    }
    sights.forget(now - COMMIT_MS);
    this.#sights = sights;
    this.#lookedAt = now;
    if (deep) this.#looks = 0;
    await this.#followDeliveries(now);
  }

  #places(): Place[] {
    return this.#sockets().map((socket) => attached(socket).place);
  }

  /** @param anew these may be known to a socket: those up to its place are. */
  async #tellAll(fresh: Sighted[], anew: boolean, now: number): Promise<void> {
    if (fresh.length === 0) return;
    const shares = this.#sockets().map((socket) => {
      const { watch, place } = attached(socket);
      const share = fresh.filter((click) => fits(watch, click) && !(anew && byRecording(click, place) <= 0));
      return { socket, share: share.slice(-MOST_CLICKS), skipped: Math.max(share.length - MOST_CLICKS, 0) };
    });
    const shown = new Map(shares.flatMap(({ share }) => share).map((click) => [click.id, click]));
    const clicks = await readClicks(this.env.DB, [...shown.keys()]);
    for (const { socket, share, skipped } of shares) {
      if (share.length > 0) this.#tell(socket, share, skipped, clicks);
    }
    for (const [id, click] of clicks) this.#open.follow(id, shown.get(id)!, click.deliveries, now);
  }

  #tell(socket: WebSocket, share: Sighted[], skipped: number, clicks: Map<string, LiveClickAnswer>): void {
    const { watch, ...rest } = attached(socket);
    const shown = share.flatMap(({ id }) => clicks.get(id) ?? []);
    const forPartner = watch.partner_id !== undefined;
    send(socket, {
      type: "clicks",
      clicks: forPartner ? shown.map((click) => ({ ...withoutPersonalData(click), deliveries: [] })) : shown,
      skipped,
    });
    const { recorded_at, id } = share.at(-1)!;
    attach(socket, { ...rest, watch, place: { recorded_at, id } });
  }

  async #followDeliveries(now: number): Promise<void> {
    const { ids } = this.#open;
    if (ids.length === 0) return;
    const changed = this.#open.gone(await readOwed(this.env.DB, ids), now);
    for (const socket of changed.length > 0 ? this.#sockets() : []) {
      const { watch } = attached(socket);
      if (watch.partner_id !== undefined) continue;
      const share = changed.filter(({ click }) => fits(watch, click));
      tellDeliveries(
        socket,
        share.map(({ delivery }) => delivery),
      );
    }
  }

  #closeEnded(now: number): void {
    for (const socket of this.#sockets()) {
      const { watch, renew_at } = attached(socket);
      if (watch.expires_at !== null && watch.expires_at <= now) close(socket, ENDED);
      else if (renew_at <= now) close(socket, RENEW);
    }
  }
}

function tellDeliveries(socket: WebSocket, deliveries: OwedAnswer[]): void {
  for (let i = 0; i < deliveries.length; i += MOST_DELIVERIES) {
    send(socket, { type: "deliveries", deliveries: deliveries.slice(i, i + MOST_DELIVERIES) });
  }
}

function idsOf(clicks: { id: string }[]): string[] {
  return clicks.map(({ id }) => id);
}

function attached(socket: WebSocket): Attached {
  return socket.deserializeAttachment() as Attached;
}

function attach(socket: WebSocket, attachment: Attached): void {
  socket.serializeAttachment(attachment);
}

function send(socket: WebSocket, message: Message): void {
  try {
    socket.send(JSON.stringify(message));
  } catch {
    // It has gone; the runtime drops it from the list.
  }
}

function close(socket: WebSocket, { code, reason }: { code: number; reason: string }): void {
  try {
    socket.close(code, reason);
  } catch {
    // Closed already.
  }
}

function tooMany(): Response {
  return Response.json(
    { error: "Too many live streams are open" },
    { status: 503, headers: { "Retry-After": "10" } },
  );
}
