/**
 * Owed: delivers what the outbox owes one network for one program. The rows in D1 are the record of truth; this
 * object holds the alarm, the circuit, and a journal of results that D1 does not have yet.
 *
 * A result is journalled here before anything else happens, and reaches D1 together with others: killed between any
 * two steps, it finds the journal again and repeats no attempt but those that were under way. Those, and the ones that
 * were never answered, Everflow is asked about before they are repeated, where a key is configured.
 */

import { DurableObject } from "cloudflare:workers";
import type { NetworkName, OwedClick } from "../click.ts";
import { callSettings, couriersPerNetwork, type Env } from "../env.ts";
import type { Network } from "../networks/network.ts";
import { networks } from "../networks/networks.ts";
import { type Attempted, attempt, type NotMade } from "./attempt.ts";
import { Calls } from "./calls.ts";
import { afterFailure, afterSuccess, attemptsAllowed, type Circuit, CLOSED } from "./circuit.ts";
import { type Connection, connectionOf } from "./connection.ts";
import { type Health, HealthLog, type HourlyLatencies } from "./health.ts";
import { Inquiry } from "./inquiry.ts";
import { type Cost, Journal } from "./journal.ts";
import {
  type Attempt,
  claim,
  type Destination,
  type DueDelivery,
  expire,
  nextDue,
  type Settlement,
} from "./outbox.ts";
import { settlementOf } from "./settlement.ts";

const IN_FLIGHT = 6;
/** Claimed at once: enough to keep six busy while the next are read; fewer where a run is to end. */
const CLAIM = 200;
/** One alarm's share, far below the runtime's 15 minutes; the next continues. */
const RUN_MS = 60_000;
/** While answers are awaited, for retries that become due meanwhile. */
const LOOK_AGAIN_MS = 1_000;
/** After a fault of our own, D1 being down above all, or the runtime refusing calls. */
const FAULT_PAUSE_MS = 1_000;

/** Wakes all couriers of a destination. */
export async function wakeCouriers(env: Env, programId: number, network: NetworkName): Promise<void> {
  await Promise.all(couriersOf(env, programId, network).map(({ stub, route }) => stub.wake(route)));
}

/** The couriers of a destination, each with the route that it takes. */
export function couriersOf(env: Env, program_id: number, network: NetworkName) {
  return Array.from({ length: couriersPerNetwork(env) }, (_, courier) => ({
    route: { program_id, network, courier },
    stub: env.COURIER.getByName(`${program_id}:${network}:${courier}`),
  }));
}

/** What a courier is told when it is woken, and remembers: an alarm does not say whose it is. */
export interface Route {
  program_id: number;
  network: NetworkName;
  courier: number;
}

export class Courier extends DurableObject<Env> {
  readonly #storage = this.ctx.storage;
  readonly #health = new HealthLog(this.ctx.storage.sql);
  #circuit: Circuit;
  /** Under way, asked about or journalled: D1 still calls them pending. */
  readonly #taken = new Set<string>();
  /** Attempts, by event id; one may outlast the run that began it. */
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #calls = new Calls();
  /** The last run was cut short, and this one goes on with what it did. */
  #goesOn = false;
  /** Unix ms: when it last ended what should have ended. */
  #expiredAt = 0;
  /**
   * Claimed when this object was last killed. An attempt may have been under way and have arrived, so that the
   * network's "duplicate" now speaks of that one: the next attempt does not count as the first.
   */
  readonly #interrupted: Set<string>;
  /** Resolved when there may be more to deliver than the run under way knows of. */
  #more = Promise.withResolvers<void>();
  readonly #journal: Journal;
  readonly #inquiry: Inquiry;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#journal = new Journal(ctx, {
      db: () => this.#statement,
      network: () => this.#to.network,
      alongside: () => this.#health.write(Date.now()),
      settled: (event_id) => this.#taken.delete(event_id),
    });
    this.#inquiry = new Inquiry({
      env,
      calls: this.#calls,
      settled: (settlement) => this.#keep(settlement),
      released: (event_id) => {
        this.#taken.delete(event_id);
        this.#more.resolve();
      },
    });
    this.#circuit = ctx.storage.kv.get<Circuit>("circuit") ?? CLOSED;
    this.#interrupted = new Set(ctx.storage.kv.get<string[]>("claimed"));
  }

  /** There may be something to deliver. */
  async wake(route: Route): Promise<void> {
    this.#more.resolve();
    if (!this.#storage.kv.get("route")) this.#storage.kv.put("route", route);
    const alarm = await this.#storage.getAlarm();
    if (alarm === null || alarm > Date.now()) await this.#storage.setAlarm(Date.now());
  }

  /** A manager has asked for another try: the circuit is closed, so that it is made at once. */
  async wakeNow(route: Route): Promise<void> {
    this.#setCircuit(CLOSED);
    await this.wake(route);
  }

  /** Since the object started. */
  cost(): Cost {
    return this.#journal.cost;
  }

  health(): Health {
    return this.#health.summary(this.#circuit, Date.now());
  }

  latencies(hours: number): HourlyLatencies {
    return this.#health.hours(hours, Date.now());
  }

  /** Never throws: the runtime gives up on an alarm that fails a few times. */
  override async alarm(): Promise<void> {
    let fault = false;
    let isCut = false;
    try {
      isCut = await this.#run(Date.now() + RUN_MS);
      fault = this.#calls.areRefused;
    } catch (error) {
      fault = true;
      console.error("courier stopped", this.#storage.kv.get("route"), error);
    } finally {
      this.#goesOn = isCut;
      await this.#rearm(fault, isCut);
    }
  }

  /** D1, for one statement: each is a call. */
  get #statement(): D1Database {
    this.#calls.add();
    return this.env.DB;
  }

  get #to(): Destination {
    return { ...this.#storage.kv.get<Route>("route")!, couriers: couriersPerNetwork(this.env) };
  }

  /** @returns whether it was cut short, by its time or its number of calls, and is to go on at once. */
  async #run(until: number): Promise<boolean> {
    // A slip in them stops the run, before it costs clicks their attempts.
    callSettings(this.env);
    this.#calls.begin();
    await this.#journal.flush();
    await this.#expire(Date.now());
    const underWay = this.#underWay;
    const isOver = () => Date.now() >= until || this.#calls.left === 0;
    let isCut = false;
    try {
      while (!isOver()) {
        // Before the claim: what is owed while it reads is not to be missed.
        this.#more = Promise.withResolvers();
        const due = this.#askFirst(await this.#claim());
        if (due.length === 0 && underWay.size === 0 && !this.#inquiry.isUnderWay) return false;
        if (due.length > 0) {
          const ids = due.map((delivery) => delivery.event_id);
          this.#storage.kv.put("claimed", [...new Set([...this.#interrupted, ...this.#taken, ...ids])]);
        }
        for (const delivery of due) {
          // The circuit may open, or the run end, on any result; what was claimed and not begun just stays due.
          const allowed = () => attemptsAllowed(this.#circuit, Date.now(), IN_FLIGHT);
          while (underWay.size > 0 && underWay.size >= allowed()) await Promise.race(underWay.values());
          if (allowed() === 0 || isOver()) break;
          const { event_id } = delivery;
          this.#taken.add(event_id);
          underWay.set(
            event_id,
            this.#deliver(delivery).finally(() => underWay.delete(event_id)),
          );
        }
        if (attemptsAllowed(this.#circuit, Date.now(), IN_FLIGHT) === 0) return false;
        if (due.length === 0 && !isOver()) await this.#somethingToDo();
      }
      isCut = true;
      return true;
    } finally {
      // A network that keeps one click waiting must not keep those that the next run would send.
      if (isCut) this.ctx.waitUntil(Promise.allSettled(underWay.values()));
      else await Promise.allSettled(underWay.values());
      // Every other attempt has its result in the journal now; what was interrupted earlier and not yet tried again stays.
      const claimed = [...this.#interrupted, ...underWay.keys()];
      if (claimed.length === 0) this.#storage.kv.delete("claimed");
      else this.#storage.kv.put("claimed", claimed);
      await this.#journal.flush();
    }
  }

  /** Not in each of many short runs: of what is an hour overdue there may be much to read. */
  async #expire(now: number): Promise<void> {
    if (this.#goesOn && now - this.#expiredAt < RUN_MS) return;
    this.#expiredAt = now;
    await expire(this.#statement, this.#to, now, this.#taken);
  }

  /**
   * An end, a wake-up, or time for a retry. A network that keeps one click waiting must not make the next wait for
   * it: an alarm that is set while one runs comes after its end.
   */
  async #somethingToDo(): Promise<void> {
    const again = setTimeout(this.#more.resolve, LOOK_AGAIN_MS);
    await Promise.race([...this.#underWay.values(), this.#more.promise]);
    clearTimeout(again);
  }

  async #claim(): Promise<DueDelivery[]> {
    if (attemptsAllowed(this.#circuit, Date.now(), IN_FLIGHT) === 0) return [];
    // The taken ones are still pending in D1 and stand among the oldest. As of now: one that is settled meanwhile may
    // be in an answer that was read before.
    const taken = new Set(this.#taken);
    const limit = Math.min(CLAIM, this.#calls.left) + taken.size;
    const due = await claim(this.#statement, this.#to, Date.now(), limit);
    return due.filter((delivery) => !taken.has(delivery.event_id));
  }

  /** Has Everflow asked about what it may have already. @returns the rest, to be sent now. */
  #askFirst(due: DueDelivery[]): DueDelivery[] {
    if (this.#to.network !== "everflow") return due;
    const isNeeded = (delivery: DueDelivery) =>
      this.#inquiry.isNeeded(delivery, this.#interrupted.has(delivery.event_id));
    const unclear = due.filter(isNeeded);
    if (unclear.length === 0) return due;
    for (const { event_id } of unclear) this.#taken.add(event_id);
    // It may outlast this run, and the next one then finds them taken: a report is not waited for.
    this.ctx.waitUntil(this.#inquiry.ask(unclear).then(() => this.#more.resolve()));
    return due.filter(({ event_id }) => !this.#taken.has(event_id));
  }

  async #deliver(delivery: DueDelivery): Promise<void> {
    const { network: name } = this.#to;
    const network = networks[name] as Network<never>;
    const { event_id, click } = delivery;
    const unattempted = { event_id, reference: null, next_attempt_at: 0 };
    if (!click) {
      this.#keep({ ...unattempted, state: "dead", reason: "the click is no longer kept" });
      return;
    }
    const connection = connectionOf(name, delivery, this.env);
    if ("withheld" in connection) {
      this.#keep({ ...unattempted, state: "withheld", reason: connection.withheld });
      return;
    }
    const attempted = await this.#attempt(network, click, delivery, connection).catch(noRequest);
    if ("not_made" in attempted) {
      console.error("no call could be made", this.#to, attempted.not_made);
      this.#calls.refuse();
      this.#taken.delete(event_id);
      return;
    }
    this.#inquiry.attempted(event_id);
    const now = Date.now();
    const settlement = settlementOf(delivery, attempted, now, Math.random());
    const failed = attempted.judgement.outcome === "retry";
    this.#setCircuit(failed ? afterFailure(this.#circuit, now) : afterSuccess());
    this.#health.add(settlement.state, attempted.attempt.duration_ms, now);
    this.#keep(settlement);
  }

  async #attempt(
    network: Network<never>,
    click: OwedClick,
    delivery: DueDelivery,
    { connection, secrets }: Exclude<Connection, { withheld: string }>,
  ): Promise<Attempted | NotMade> {
    const { timeout_ms, targets } = callSettings(this.env);
    const request = await network.request(click, connection as never);
    const interrupted = this.#interrupted.has(delivery.event_id) ? 1 : 0;
    const number = delivery.attempts.filter(mayHaveArrived).length + interrupted + 1;
    return attempt(network, request, { timeout_ms, targets, secrets, number, fetch: this.#calls.fetch });
  }

  #keep(settlement: Settlement): void {
    this.#interrupted.delete(settlement.event_id);
    this.#journal.add(settlement);
  }

  #setCircuit(circuit: Circuit): void {
    if (circuit.failures === this.#circuit.failures && circuit.open_until === this.#circuit.open_until)
      return;
    this.#circuit = circuit;
    this.#storage.kv.put("circuit", circuit);
  }

  async #rearm(fault: boolean, isCut: boolean): Promise<void> {
    const now = Date.now();
    let at: number | undefined;
    try {
      at = isCut ? now : await nextDue(this.#statement, this.#to);
    } catch {
      fault = true;
    }
    if (fault) at = Math.max(at ?? 0, now + FAULT_PAUSE_MS);
    if (at === undefined) return;
    const alarm = await this.#storage.getAlarm();
    const next = Math.max(at, this.#circuit.open_until, now);
    // A wake-up that came meanwhile may be earlier.
    if (alarm === null || alarm > next) await this.#storage.setAlarm(next);
  }
}

/** Whether the network may have taken the click: not when it said no, or that it would not listen yet. */
function mayHaveArrived({ status, words }: Attempt): boolean {
  if (status === null || status === 408 || status >= 500) return true;
  return status < 300 && !/^error_code [1-9]/.test(words);
}

/** A fault of ours or of the settings, which a manager or a deployment mends: the click waits, and holds up no other. */
function noRequest(error: unknown): Attempted {
  console.error("no request could be made", error);
  const words = `no request could be made: ${error instanceof Error ? error.message : String(error)}`;
  return {
    judgement: { outcome: "retry", words },
    attempt: { at: Date.now(), duration_ms: 0, status: null, words },
  };
}
