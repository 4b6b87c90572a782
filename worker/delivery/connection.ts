/** How a delivery reaches its network: the program's settings and the link's, as they are now. */

import packageJson from "../../package.json" with { type: "json" };
import type { NetworkName } from "../click.ts";
import { earlierSecrets } from "../earlier-secrets.ts";
import type { Env } from "../env.ts";
import type { Connections } from "../networks/networks.ts";
import type { DueDelivery } from "./outbox.ts";

const USER_AGENT = `Clickferry/${packageJson.version}`;

type Settings = Pick<DueDelivery, "settings" | "link_everflow">;

export type Connection =
  | { connection: Connections[NetworkName]; secrets: string[] }
  /** The settings were taken away or switched off after the click was recorded. */
  | { withheld: string };

export function connectionOf(network: NetworkName, given: Settings, env: Env): Connection {
  const { settings, link_everflow } = given;
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
  const earlier = earlierSecrets(env.CLICK_ID_SECRET_PREVIOUS);
  const previous = "secrets" in earlier ? earlier.secrets : [];
  return [env.ADMIN_TOKEN, env.CLICK_ID_SECRET, ...previous, named].filter(
    (value): value is string => typeof value === "string",
  );
}
