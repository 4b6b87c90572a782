import { useState } from "preact/hooks";
import { api } from "../../api/endpoints.ts";
import type { DeliveryDetail } from "../../api/types.ts";
import { StateBadge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Facts } from "../../parts/facts.tsx";
import { dateTime, duration } from "../../parts/format.ts";
import { networkName } from "../../parts/network-name.ts";
import { attempt } from "../../parts/notice.tsx";
import { Table } from "../../parts/table.tsx";

/** What one network is owed: state, attempts, the request and the answer; and the way to send it again. */
export function DeliveryCard({ delivery, onChanged }: { delivery: DeliveryDetail; onChanged: () => void }) {
  const { id, network, state, reason, reference, attempts, next_attempt_at, give_up_at, sent } = delivery;
  const [busy, setBusy] = useState(false);
  const again = async () => {
    setBusy(true);
    await attempt(() => api.retry(id), `It is on its way to ${networkName(network)} again.`);
    setBusy(false);
    onChanged();
  };
  return (
    <section class="card delivery">
      <div class="view-head">
        <h2>
          {networkName(network)} <StateBadge state={state} />
        </h2>
        {(state === "rejected" || state === "dead") && (
          <Button icon="retry" busy={busy} onClick={again}>
            Send again
          </Button>
        )}
      </div>
      <Facts
        facts={[
          [state === "withheld" ? "Why it is withheld" : "Response", reason],
          ["Network click ID", reference && <code>{reference}</code>],
          ["Attempts", attempts.length > 1 && attempts.length],
          ["Next attempt", next_attempt_at && dateTime(next_attempt_at)],
          ["Last attempt by", give_up_at && dateTime(give_up_at)],
        ]}
      />
      {attempts.length > 0 && (
        <Table
          label={`Attempts at ${networkName(network)}`}
          rows={[...attempts].reverse()}
          id={({ at }) => at}
          low
          columns={[
            { key: "at", head: "Attempt", cell: ({ at }) => dateTime(at) },
            { key: "status", head: "Status", figures: true, cell: ({ status }) => status ?? "none" },
            {
              key: "duration",
              head: "Took",
              figures: true,
              cell: ({ duration_ms }) => duration(duration_ms),
            },
            { key: "words", head: "What it said", cell: ({ words }) => <span class="said">{words}</span> },
          ]}
        />
      )}
      {sent && <Sent request={sent} />}
    </section>
  );
}

function Sent({ request }: { request: NonNullable<DeliveryDetail["sent"]> }) {
  const { method, url, headers, body, settings_changed_since } = request;
  const lines = [`${method} ${url}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  return (
    <details>
      <summary>What was sent</summary>
      {settings_changed_since && (
        <p class="soft">The settings were changed since: this is what would be sent now.</p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre tabIndex={0}>{lines.join("\n") + (body ? `\n\n${body}` : "")}</pre>
    </details>
  );
}
