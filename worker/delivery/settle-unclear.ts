/**
 * Before a delivery of unclear outcome is sent again: asks Everflow's own click report (seed 002) whether the click
 * arrived, where the program has a key. Only Everflow can be asked; AvantLink has no such report.
 */

import type { OwedClick } from "../click.ts";
import type { Env } from "../env.ts";
import { type EverflowClick, eventIdOf, REPORT_SECONDS, reportedAs } from "../networks/everflow-api.ts";
import { type ApiSettings, affiliateAccess, openApi } from "./everflow-access.ts";
import { isFault } from "./everflow-api.ts";
import type { DueDelivery, Settlement } from "./outbox.ts";
import { isUnclear, settledBy } from "./unclear.ts";

/** Click ids in one request: far fewer than rows in an answer, since a click can be there more than once. */
const IDS_AT_ONCE = 100;
/** Two machines' clocks may differ by so much. */
const SKEW_SECONDS = 300;

/** The click is still kept. */
type Unclear = DueDelivery & { click: OwedClick };

/** Deliveries that one key can be asked about. */
interface Asked {
  settings: ApiSettings;
  affiliate_id: number;
  click_id_param: string;
  deliveries: Unclear[];
}

/**
 * @param due of Everflow, as claimed; those that are not unclear are left alone.
 * @param now unix ms.
 * @param call what to fetch with; the runtime's own where left out.
 * @returns a settlement, without an attempt, for each that Everflow has. The others are to be sent again, also where
 * the report could not be read: twice is better than not at all, and carries the same click id.
 */
export async function settleUnclear(
  env: Env,
  due: readonly DueDelivery[],
  now: number,
  call?: typeof fetch,
): Promise<Settlement[]> {
  const settlements: Settlement[] = [];
  for (const asked of byKey(due)) {
    const access = affiliateAccess(asked.settings, asked.affiliate_id, env);
    const resource_type = reportedAs(asked.click_id_param);
    if ("missing" in access || !resource_type) continue;
    const api = openApi(access.access, env, call);
    for (let i = 0; i < asked.deliveries.length; i += IDS_AT_ONCE) {
      const some = asked.deliveries.slice(i, i + IDS_AT_ONCE);
      const values = some.map(({ click }) => click.click_id);
      const answer = await api.clicksWith(spanOf(some, now), { resource_type, values });
      if (isFault(answer)) {
        console.warn("Everflow's click report could not be read", answer);
        break;
      }
      const rows = Map.groupBy(answer.clicks, (click: EverflowClick) =>
        eventIdOf(click, asked.click_id_param),
      );
      for (const { event_id } of some) {
        const settlement = settledBy(event_id, rows.get(event_id) ?? []);
        if (settlement) settlements.push(settlement);
      }
    }
  }
  return settlements;
}

function byKey(due: readonly DueDelivery[]): Asked[] {
  const asked = new Map<string, Asked>();
  for (const delivery of due) {
    if (!delivery.settings || !delivery.link_everflow || !hasClick(delivery)) continue;
    if (!isUnclear(delivery.attempts)) continue;
    const settings = delivery.settings as ApiSettings & { click_id_param?: string };
    const affiliate_id = Number(delivery.link_everflow.affiliate_id);
    const click_id_param = settings.click_id_param ?? "sub5";
    const name = `${affiliate_id} ${click_id_param}`;
    const known = asked.get(name);
    if (known) known.deliveries.push(delivery);
    else asked.set(name, { settings, affiliate_id, click_id_param, deliveries: [delivery] });
  }
  return [...asked.values()];
}

function hasClick(delivery: DueDelivery): delivery is Unclear {
  return delivery.click !== null;
}

/** From the first attempt to now. */
function spanOf(deliveries: DueDelivery[], now: number) {
  const to = Math.ceil(now / 1000) + SKEW_SECONDS;
  const first = Math.min(...deliveries.map(({ attempts }) => attempts[0]!.at));
  const from = Math.floor(first / 1000) - SKEW_SECONDS;
  return { from: Math.max(from, to - REPORT_SECONDS), to };
}
