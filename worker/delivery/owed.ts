/** Which networks a recorded click is owed to, and which of them must not get it. Pure. */

import type { ClickParams, Dialect, NetworkName } from "../click.ts";
import { isEverflowTransactionId } from "../everflow-transaction-id.ts";

/** What the settings of program and link say of networks. */
export interface Ways {
  /** Null where the program or the link has no Everflow settings: such a click is Everflow's in no way. */
  everflow: { enabled: boolean } | null;
  avantlink: { enabled: boolean } | null;
  honor_gpc: boolean;
}

export interface OwedDelivery {
  network: NetworkName;
  /** Why the network must not get it; undefined for a click to be delivered. */
  withheld?: string;
}

export function owed(
  click: { dialect: Dialect; params: ClickParams; is_bot: boolean; gpc: boolean; is_test: boolean },
  ways: Ways,
): OwedDelivery[] {
  const deliveries: OwedDelivery[] = [];
  if (ways.everflow) {
    // Anything else, a template that nobody filled in or a visitor's garbage, must not keep the click from Everflow.
    const has = isEverflowTransactionId(click.params._ef_transaction_id ?? "");
    const known = has ? "Everflow already has this click" : undefined;
    deliveries.push(decide("everflow", ways.everflow.enabled, known));
  }
  // AvantLink is told of visitors that it sent (seed 004: "when … provided an avad param") and of what is reported in its own dialect.
  if (ways.avantlink && (click.params.avad || click.dialect === "avantlink")) {
    deliveries.push(decide("avantlink", ways.avantlink.enabled, undefined));
  }
  return deliveries;

  function decide(network: NetworkName, enabled: boolean, known: string | undefined): OwedDelivery {
    const withheld = click.is_test
      ? "test click"
      : click.is_bot
        ? "bot"
        : click.gpc && ways.honor_gpc
          ? "the visitor's browser sends Global Privacy Control"
          : enabled
            ? known
            : "the network is switched off";
    return withheld ? { network, withheld } : { network };
  }
}
