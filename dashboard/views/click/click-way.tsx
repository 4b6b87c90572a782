import type { ClickDetail } from "../../api/types.ts";
import { duration, timeToMs } from "../../parts/format.ts";
import { networkName } from "../../parts/network-name.ts";
import { stateName } from "../../parts/state-name.ts";

interface Station {
  name: string;
  at: number | null;
  words?: string;
  tone?: "bad" | "wait" | "soft";
}

/** After everything that was. */
const NOT_YET = Number.MAX_SAFE_INTEGER;
const TONES = { rejected: "bad", dead: "bad", pending: "wait", withheld: "soft" } as const;

/** Arrived → kept → recorded → delivered, each with its time and the time since it arrived. */
export function ClickWay({ detail: { click, deliveries } }: { detail: ClickDetail }) {
  const sent = deliveries.map(({ network, state, attempts, last_attempt_at }): Station => {
    const last = attempts.at(-1);
    const settled = state === "delivered" || state === "rejected" || state === "dead";
    const at = settled && last_attempt_at !== null ? last_attempt_at + (last?.duration_ms ?? 0) : null;
    return {
      name: `${networkName(network)}: ${stateName(state)}`,
      at,
      ...(state !== "delivered" && { tone: TONES[state] }),
    };
  });
  const stations: Station[] = [
    { name: "Arrived", at: click.at },
    { name: "Kept and answered", at: click.kept_at, words: "durable before the visitor is answered" },
    { name: "Recorded", at: click.recorded_at },
    ...sent.sort((a, b) => (a.at ?? NOT_YET) - (b.at ?? NOT_YET)),
  ];
  return (
    <ol class="way card" aria-label="The click's way">
      {stations.map(({ name, at, words, tone }) => (
        <li key={name} class={at === null && !tone ? "unknown" : tone}>
          <strong>{name}</strong>
          <span class="soft" title={words}>
            {at === null ? "–" : `${timeToMs(at)}${at > click.at ? ` · +${duration(at - click.at)}` : ""}`}
          </span>
        </li>
      ))}
    </ol>
  );
}
