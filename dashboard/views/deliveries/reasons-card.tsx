import { useState } from "preact/hooks";
import { api } from "../../api/endpoints.ts";
import { reloadAll, useResource } from "../../api/resource.ts";
import { Button } from "../../parts/button.tsx";
import { count } from "../../parts/format.ts";
import { stateName } from "../../parts/state-name.ts";
import { Loaded } from "../../parts/states.tsx";
import { RetryPanel } from "./retry-panel.tsx";

const TITLES = { rejected: "Why refused", dead: "Why dead", withheld: "Why withheld" } as const;

/** Why deliveries are in a state, the commonest reason first; those that failed can be sent again together. */
export function ReasonsCard(props: { program: number; network: string; state: keyof typeof TITLES }) {
  const { program, network, state } = props;
  const asked = { program_id: program, network, state };
  const reasons = useResource(JSON.stringify(asked), (signal) => api.reasons(asked, signal));
  const [open, setOpen] = useState(false);
  const some = (reasons.data?.data.length ?? 0) > 0;
  return (
    <section class="card">
      <div class="view-head">
        <h2>
          {TITLES[state]} <span class="soft when">at any time</span>
        </h2>
        {state !== "withheld" && some && (
          <Button icon="retry" label={`Send all again: ${stateName(state)}`} onClick={() => setOpen(true)}>
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
      {open && state !== "withheld" && (
        <RetryPanel
          {...{ program, network, state }}
          onClose={() => {
            setOpen(false);
            reloadAll();
          }}
        />
      )}
    </section>
  );
}
