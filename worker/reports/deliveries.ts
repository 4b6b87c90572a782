/** GET /deliveries: what is owed to networks and what became of it, newest click first. GET /deliveries/{id}: one. */

import { Hono } from "hono";
import type { Env } from "../env.ts";
import type { AdminEnv } from "./context.ts";
import {
  DELIVERY_CSV,
  type DeliveryAnswer,
  type DeliveryDetailAnswer,
  type DeliveryKey,
  type DetailRow,
  deliveryAnswer,
  deliveryKey,
  detailAnswer,
  selectDetails,
} from "./delivery-row.ts";
import { list } from "./list.ts";
import { newestDeliveries } from "./newest-deliveries.ts";
import { query } from "./query.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { DeliveryQuery } from "./schemas/delivery.ts";
import { prepare, sql } from "./sql.ts";

export const NO_DELIVERY: Refusal = { kind: "not-found", error: "Delivery not found" };

export const deliveries = new Hono<AdminEnv>()
  .get("/deliveries", query(DeliveryQuery), (c) => {
    const given = c.req.valid("query");
    return list<DeliveryAnswer>(c, given, {
      order: "deliveries",
      columns: DELIVERY_CSV,
      cursor: ({ event_id, network }) => ({ key: event_id, id: network }),
      rows: async (limit, after) =>
        (await newestDeliveries(c.env.DB, given, limit, after)).map(deliveryAnswer),
    });
  })
  .get("/deliveries/:id", async (c) => {
    const key = deliveryKey(c.req.param("id"));
    const delivery = key && (await findDelivery(c.env, key));
    return delivery ? c.json(delivery) : refuse(c, NO_DELIVERY);
  });

export async function findDelivery(
  env: Env,
  { event_id, network }: DeliveryKey,
): Promise<DeliveryDetailAnswer | undefined> {
  const found = selectDetails(sql`d.event_id = ${event_id} AND d.network = ${network}`);
  const row = await prepare(env.DB, found).first<DetailRow>();
  return row ? detailAnswer(env, row) : undefined;
}
