/**
 * Before a delivery of unclear outcome is sent again: asks Everflow's own click report (seed 002) whether the click
 * arrived, where the program has a key. Only Everflow can be asked; AvantLink has no such report.
 */

import type { Env } from "../env.ts";
import {
  type ApiAccess,
  type EverflowClick,
  eventIdOf,
  REPORT_SECONDS,
  reportedAs,
} from "../networks/everflow-api.ts";
import { type ApiSettings, affiliateAccess, onlyAffiliate, openApi } from "./everflow-access.ts";
import { isFault } from "./everflow-api.ts";
import type { DueDelivery, Settlement } from "./outbox.ts";
import { settledBy } from "./unclear.ts";

/** Click ids in one request: far fewer than rows in an answer, since a click can be there more than once. */
const IDS_AT_ONCE = 100;
/** Two machines' clocks may differ by so much. */
const SKEW_SECONDS = 300;

/** How a delivery is asked about. */
interface Way {
  access: ApiAccess;
  click_id_param: string;
  resource_type: string;
}

interface Asked {
  event_id: string;
  click_id: string;
  /** Unix ms; it was not sent before. */
  since: number;
}

/** Whether the program has a key that may open it, and Everflow's report shows what the click is known by. */
export function canBeAsked(env: Env, delivery: DueDelivery): boolean {
  return delivery.click !== null && wayOf(env, delivery, true) !== undefined;
}

/**
 * @param due of Everflow, as claimed, those whose answer never came; where nobody can be asked they are left alone.
 * @param now unix ms.
 * @param call what to fetch with; the runtime's own where left out.
 * @returns a settlement, without an attempt, for each that Everflow has. The others are to be sent again, also where
 * the report could not be read: twice is better than not at all, and carries the same click id.
 * @throws what isTooManyCalls() knows: nobody was asked.
 */
export async function settleUnclear(
  env: Env,
  due: readonly DueDelivery[],
  now: number,
  call?: typeof fetch,
): Promise<Settlement[]> {
  const settlements: Settlement[] = [];
  for (const { access, click_id_param, resource_type, deliveries } of await byKey(env, due)) {
    const api = openApi(access, env, call && { fetch: call });
    for (let i = 0; i < deliveries.length; i += IDS_AT_ONCE) {
      const some = deliveries.slice(i, i + IDS_AT_ONCE);
      const values = some.map(({ click_id }) => click_id);
      const answer = await api.clicksWith(spanOf(some, now), { resource_type, values });
      if (isFault(answer)) {
        console.warn("Everflow's click report could not be read", answer);
        break;
      }
      const rows = Map.groupBy(answer.clicks, (click: EverflowClick) => eventIdOf(click, click_id_param));
      for (const { event_id } of some) {
        const settlement = settledBy(event_id, rows.get(event_id) ?? []);
        if (settlement) settlements.push(settlement);
      }
    }
  }
  return settlements;
}

async function byKey(env: Env, due: readonly DueDelivery[]): Promise<(Way & { deliveries: Asked[] })[]> {
  const asked = new Map<string, Way & { deliveries: Asked[] }>();
  const only = new Map<number, (affiliate: number) => boolean>();
  for (const delivery of due) {
    if (!delivery.click) continue;
    const way = wayOf(env, delivery, false) ?? (await wayByProgram(env, delivery, only));
    if (!way) continue;
    const name = [way.access.api_base, way.access.key, way.click_id_param].join("\n");
    const known = asked.get(name) ?? { ...way, deliveries: [] };
    const { click_id } = delivery.click;
    const since = delivery.attempts[0]?.at ?? clickedAt(click_id);
    known.deliveries.push({ event_id: delivery.event_id, click_id, since });
    asked.set(name, known);
  }
  return [...asked.values()];
}

/** With the program's own key, where it can be no other affiliate's. @param only by program, as far as it is known. */
async function wayByProgram(
  env: Env,
  delivery: DueDelivery,
  only: Map<number, (affiliate: number) => boolean>,
): Promise<Way | undefined> {
  const way = wayOf(env, delivery, true);
  if (!way) return undefined;
  const { program_id } = delivery;
  const isOnly = only.get(program_id) ?? (await onlyAffiliate(env.DB, program_id));
  only.set(program_id, isOnly);
  return isOnly(affiliateOf(delivery)) ? way : undefined;
}

/** Its link's may have been corrected since it was sent. */
function affiliateOf({ sent_affiliate_id, link_everflow }: DueDelivery): number {
  return sent_affiliate_id ?? Number(link_everflow!.affiliate_id);
}

function wayOf(env: Env, delivery: DueDelivery, isOnly: boolean): Way | undefined {
  const { settings, link_everflow } = delivery;
  if (!settings || settings.enabled === false || !link_everflow) return undefined;
  const program = settings as ApiSettings & { click_id_param?: string };
  const click_id_param = program.click_id_param ?? "sub5";
  const resource_type = reportedAs(click_id_param);
  const access = affiliateAccess(program, { id: affiliateOf(delivery), isOnly }, env);
  if (!resource_type || "missing" in access) return undefined;
  return { access: access.access, click_id_param, resource_type };
}

/** Unix ms: the end of a click id. */
function clickedAt(click_id: string): number {
  return Number(click_id.slice(click_id.lastIndexOf("_") + 1));
}

/** From the first attempt to now. */
function spanOf(asked: readonly Asked[], now: number) {
  const to = Math.ceil(now / 1000) + SKEW_SECONDS;
  const from = Math.floor(Math.min(...asked.map(({ since }) => since)) / 1000) - SKEW_SECONDS;
  return { from: Math.max(from, to - REPORT_SECONDS), to };
}
