/** How a delivery reaches its network: the program's settings and the link's, as they are now. */

import packageJson from "../../package.json" with { type: "json" };
import type { NetworkName } from "../click.ts";
import type { Env } from "../env.ts";
import type { Connections } from "../networks/networks.ts";
import type { DueDelivery } from "./outbox.ts";

const USER_AGENT = `Clickferry/${packageJson.version}`;

export type Connection =
  | { connection: Connections[NetworkName]; secrets: string[] }
  /** The settings were taken away or switched off after the click was recorded. */
  | { withheld: string };

export function connectionOf(
  network: NetworkName,
  { settings, link_everflow }: Pick<DueDelivery, "settings" | "link_everflow">,
  env: Env,
): Connection {
  if (!settings || settings.enabled === false) return { withheld: "the network is switched off" };
  const secrets = secretsOf(settings, env);
  switch (network) {
    case "everflow":
      if (!link_everflow) return { withheld: "the link has no Everflow offer any more" };
      return { connection: { ...settings, ...link_everflow } as unknown as Connections["everflow"], secrets };
    case "avantlink":
      return {
        connection: { ...settings, user_agent: USER_AGENT } as unknown as Connections["avantlink"],
        secrets,
      };
  }
}

/** What must not stand in kept words: a network may echo what it was sent. */
function secretsOf(settings: Record<string, unknown>, env: Env): string[] {
  const named = (env as unknown as Record<string, unknown>)[String(settings.api_key_secret)];
  return [env.ADMIN_TOKEN, env.CLICK_ID_SECRET, env.CLICK_ID_SECRET_PREVIOUS, named].filter(
    (value): value is string => typeof value === "string",
  );
}
