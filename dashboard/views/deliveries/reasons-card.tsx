import { useState } from "preact/hooks";
import { period, periodQuery } from "../../address/period.ts";
import { api } from "../../api/endpoints.ts";
import { reloadAll, useResource } from "../../api/resource.ts";
import { Button } from "../../parts/button.tsx";
import { count } from "../../parts/format.ts";
import { stateName } from "../../parts/state-name.ts";
import { Loaded } from "../../parts/states.tsx";
import { type RetryOrder, RetryPanel } from "./retry-panel.tsx";

const TITLES = { rejected: "Why refused", dead: "Why dead", withheld: "Why withheld" } as const;

/** Why deliveries of the period's clicks are in a state, the commonest reason first; those that failed can be sent again together. */
export function ReasonsCard(props: { program: number; network: string; state: keyof typeof TITLES }) {
  const { program, network, state } = props;
  const asked = { program_id: program, network, state, ...periodQuery.value };
  const reasons = useResource(JSON.stringify(asked), (signal) => api.reasons(asked, signal));
  // As it was asked for: a period may move on meanwhile.
  const [order, setOrder] = useState<RetryOrder>();
  const known = reasons.data;
  return (
    <section class="card">
      <div class="view-head">
        <h2>{TITLES[state]}</h2>
        {state !== "withheld" && known && known.data.length > 0 && (
          <Button
            icon="retry"
            label={`Send all again: ${stateName(state)}`}
            onClick={() =>
              setOrder({
                asked: { ...asked, state },
                what: `${period.value.label.toLowerCase()}: ${count(
                  known.data.reduce((sum, { deliveries }) => sum + deliveries, 0),
                )}${known.counted_all ? "" : "+"}`,
              })
            }
          >
            Send all again
          </Button>
        )}
      </div>
      <Loaded of={reasons} rows={3}>
        {({ data, counted_all }) =>
          data.length === 0 ? (
            <p class="soft">None.</p>
          ) : (
            <>
              <ul class="reasons">
                {data.map(({ reason, deliveries }) => (
                  <li key={reason}>
                    <span class="said">{reason ?? "No reason was given"}</span>
                    <strong class="figures">{count(deliveries)}</strong>
                  </li>
                ))}
              </ul>
              {!counted_all && <p class="soft">Of the newest ones; there are more.</p>}
            </>
          )
        }
      </Loaded>
      {order && (
        <RetryPanel
          {...order}
          onClose={() => {
            setOrder(undefined);
            reloadAll();
          }}
        />
      )}
    </section>
  );
}
