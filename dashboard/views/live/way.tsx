import type { LiveClick } from "../../api/types.ts";
import { duration, timeToMs } from "../../parts/format.ts";
import { networkName } from "../../parts/network-name.ts";
import { stateName } from "../../parts/state-name.ts";

const TONES: Record<string, string> = { delivered: "good", pending: "wait", withheld: "soft" };

/** One after another where the click has got to, and how long after it arrived. */
export function Way({ click: { at, kept_at, recorded_at, deliveries } }: { click: LiveClick }) {
  return (
    <ul class="live-way">
      <Step name="kept and answered" at={kept_at} since={at} tone="good" />
      <Step name="recorded" at={recorded_at} since={at} tone="good" />
      {deliveries.map(({ network, state, settled_at, reason, attempt_count }) => (
        <Step
          key={network}
          name={`${networkName(network)} ${stateName(state)}`}
          at={settled_at}
          since={at}
          tone={TONES[state] ?? "bad"}
          title={[reason, attempt_count > 1 && `${attempt_count} attempts`].filter(Boolean).join("; ")}
        />
      ))}
    </ul>
  );
}

function Step(props: { name: string; at: number | null; since: number; tone: string; title?: string }) {
  const { name, at, since, tone, title } = props;
  return (
    <li class={`badge ${tone}`} title={[title, at && timeToMs(at)].filter(Boolean).join(" · ") || undefined}>
      {name}
      {at !== null && <span class="since"> {duration(Math.max(0, at - since))}</span>}
    </li>
  );
}
