import { useState } from "preact/hooks";
import { linkTo } from "../../address/route.ts";
import type { ApiError } from "../../api/client.ts";
import { api } from "../../api/endpoints.ts";
import type { Program, TestClick } from "../../api/types.ts";
import { StateBadge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { duration } from "../../parts/format.ts";
import { networkName } from "../../parts/network-name.ts";
import { Panel } from "../../parts/panel.tsx";

/** Sends one click that is counted nowhere, and shows word for word what went and what came. */
export function TestClickPanel({ program, onClose }: { program: Program; onClose: () => void }) {
  const networks = (["everflow", "avantlink"] as const).filter((name) => program[name]);
  const [busy, setBusy] = useState<string>();
  const [exchange, setExchange] = useState<TestClick>();
  const [error, setError] = useState<ApiError>();
  const send = async (network: string) => {
    setBusy(network);
    setExchange(undefined);
    setError(undefined);
    try {
      setExchange(await api.testClick(program.id, network));
    } catch (failure) {
      setError(failure as ApiError);
    }
    setBusy(undefined);
  };
  return (
    <Panel title={`Test click of ${program.name}`} onClose={onClose}>
      <p>
        It is not counted here. The network takes it for a click like any other: it may show in its own
        reports.
      </p>
      <div class="bar">
        {networks.map((network) => (
          <Button
            key={network}
            kind="primary"
            busy={busy === network}
            disabled={busy !== undefined}
            onClick={() => send(network)}
          >
            Send to {networkName(network)}
          </Button>
        ))}
      </div>
      {error && (
        <p class="error" role="alert">
          {error.field === "link_id" ? (
            <>
              No active link of this program has an Everflow offer and affiliate.{" "}
              <a href={linkTo("/", { program: program.id })}>Give them to one of its links</a>
            </>
          ) : (
            error.message
          )}
        </p>
      )}
      {exchange && <Shown exchange={exchange} />}
    </Panel>
  );
}

function Shown({ exchange: { network, request, response, duration_ms, outcome } }: { exchange: TestClick }) {
  return (
    <section class="form" role="status">
      <p>
        <StateBadge state={outcome.state} /> by {networkName(network)} in {duration(duration_ms)}
        {outcome.reference && (
          <>
            : <code>{outcome.reference}</code>
          </>
        )}
      </p>
      {outcome.reason && <p class={outcome.state === "delivered" ? "soft" : "error"}>{outcome.reason}</p>}
      <h3>Request</h3>
      <Message first={`${request.method} ${request.url}`} headers={request.headers} body={request.body} />
      <h3>Response</h3>
      {response ? (
        <Message first={String(response.status)} headers={response.headers} body={response.body} />
      ) : (
        <p class="soft">No answer.</p>
      )}
    </section>
  );
}

function Message({
  first,
  headers,
  body,
}: {
  first: string;
  headers: Record<string, string>;
  body: string | null;
}) {
  const lines = [first, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  return <pre>{lines.join("\n") + (body ? `\n\n${body}` : "")}</pre>;
}
