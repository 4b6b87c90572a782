/**
 * POST /deliveries/{id}/retry and POST /deliveries/retry: failed deliveries are owed again, due at once, with the whole
 * time to give up in. Only the courier calls networks; here its rows are made due and it is woken.
 */

import { Hono } from "hono";
import type { NetworkName } from "../click.ts";
import { couriersOf } from "../delivery/courier.ts";
import { type Env, giveUpAfterMs } from "../env.ts";
import { body } from "./body.ts";
import type { AdminEnv } from "./context.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { findDelivery, NO_DELIVERY } from "./deliveries.ts";
import { type DeliveryDetailAnswer, deliveryKey } from "./delivery-row.ts";
import {
  countFailed,
  type FailedKey,
  linkHasOffer,
  networkIsOn,
  retryRows,
  selectFailed,
} from "./failed-deliveries.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { RetryMany } from "./schemas/delivery.ts";

/** Made due in one statement: few enough that recording, which writes to the same database, is not held up. */
const BATCH = 1_000;
const BATCHES_PER_CALL = 5;

export const retries = new Hono<AdminEnv>()
  .post("/deliveries/retry", body(RetryMany), async (c) => {
    const { cursor, ...given } = c.req.valid("json");
    const { network, state, program_id, from, to } = given;
    const order = `retries ${[network, state, program_id, from, to]}`;
    let after = cursor === undefined ? undefined : readCursor(order, cursor);
    if (cursor !== undefined && !after) {
      return refuse(c, { kind: "invalid", field: "cursor", error: "cursor is not of this retry" });
    }
    if (program_id !== undefined) {
      const refusal = await unfitProgram(c.env.DB, program_id, network);
      if (refusal) return refuse(c, refusal);
    }
    let retried = 0;
    const programs = new Set<number>();
    let found: FailedKey[] = [];
    for (let i = 0; i < BATCHES_PER_CALL; i++) {
      found = await selectFailed(c.env.DB, given, after, BATCH);
      retried += await retryRows(c.env.DB, network, found, due(c.env));
      for (const { program_id } of found) programs.add(program_id);
      const last = found.at(-1);
      if (last) after = { key: last.program_id, id: last.event_id };
      if (found.length < BATCH) break;
    }
    await Promise.all([...programs].map((id) => wake(c.env, id, network)));
    const remaining = found.length < BATCH ? 0 : await countFailed(c.env.DB, given, after);
    return c.json({ retried, remaining, next_cursor: remaining && after ? writeCursor(order, after) : null });
  })
  .post("/deliveries/:id/retry", async (c) => {
    const key = deliveryKey(c.req.param("id"));
    const delivery = key && (await findDelivery(c.env, key));
    if (!delivery) return refuse(c, NO_DELIVERY);
    const refusal = await unfitDelivery(c.env.DB, delivery);
    if (refusal) return refuse(c, refusal);
    // Where another manager was faster nothing is changed, and the answer is what both wanted.
    await retryRows(c.env.DB, delivery.network, [delivery], due(c.env));
    const retried = await findDelivery(c.env, delivery);
    await wake(c.env, delivery.program_id, delivery.network);
    return c.json(retried!);
  });

function due(env: Env) {
  const now = Date.now();
  return { next_attempt_at: now, give_up_at: now + giveUpAfterMs(env) };
}

const FINAL = {
  delivered: () => "state is delivered: the network has this click, and would count it twice",
  withheld: ({ reason }: DeliveryDetailAnswer) => `state is withheld, because: ${reason}`,
  pending: () => "state is pending: it is waiting for its next attempt already",
};

async function unfitDelivery(db: D1Database, delivery: DeliveryDetailAnswer): Promise<Refusal | undefined> {
  const { state, clicked_at, link_id, program_id, network } = delivery;
  if (state !== "dead" && state !== "rejected") {
    return { kind: "conflict", field: "state", error: FINAL[state](delivery) };
  }
  // The courier would have nothing to tell the network.
  if (clicked_at === null) {
    return { kind: "conflict", field: "event_id", error: "event_id is of a click that is no longer kept" };
  }
  if (!(await linkHasOffer(db, link_id, network))) {
    return { kind: "conflict", field: "link_id", error: `link_id is of a link without ${network} settings` };
  }
  return unfitProgram(db, program_id, network);
}

/** A courier withholds what is owed to a network that is off, and what is withheld cannot be retried again. */
async function unfitProgram(
  db: D1Database,
  program_id: number,
  network: NetworkName,
): Promise<Refusal | undefined> {
  const on = await networkIsOn(db, program_id, network);
  if (on === undefined) return { kind: "invalid", field: "program_id", error: "program_id is no program's" };
  if (on) return undefined;
  return { kind: "conflict", field: "network", error: `network ${network} is switched off in the program` };
}

/** A wake-up that is lost is made up for by the sweep: the rows are due, and that is what was asked for. */
async function wake(env: Env, program_id: number, network: NetworkName): Promise<void> {
  const woken = couriersOf(env, program_id, network).map(({ stub, route }) => stub.wakeNow(route));
  for (const result of await Promise.allSettled(woken)) {
    if (result.status === "rejected") console.error("waking failed", result.reason);
  }
}
