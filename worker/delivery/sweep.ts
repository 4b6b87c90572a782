/** Every minute: wakes the couriers that have something due, in case a wake-up was lost. */

import type { Env } from "../env.ts";
import { wakeCouriers } from "./courier.ts";
import { dueDestinations } from "./outbox.ts";

/** @param now unix ms. */
export async function sweep(env: Env, now: number): Promise<void> {
  const destinations = await dueDestinations(env.DB, now);
  await Promise.all(destinations.map(({ program_id, network }) => wakeCouriers(env, program_id, network)));
}
