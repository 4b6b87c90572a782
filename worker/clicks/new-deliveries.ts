/** The outbox rows of one click. Pure. */

import type { Click } from "../click.ts";
import type { NewDelivery } from "../delivery/outbox.ts";
import { owed, type Ways } from "../delivery/owed.ts";

/** @param ways undefined where the link is gone: it owes nobody. */
export function newDeliveries(
  click: Click,
  ways: Ways | undefined,
  is_bot: boolean,
  is_test: boolean,
  options: { give_up_after_ms: number },
): NewDelivery[] {
  if (!ways) return [];
  return owed(
    { dialect: click.dialect, params: click.params, is_bot, gpc: click.visitor.gpc, is_test },
    ways,
  ).map(({ network, withheld }) => ({
    event_id: click.id,
    network,
    program_id: click.program_id,
    withheld,
    at: click.at,
    give_up_at: click.at + options.give_up_after_ms,
  }));
}
