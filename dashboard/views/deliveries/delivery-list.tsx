import { periodQuery } from "../../address/period.ts";
import { linkTo, query, setQuery } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { useResource } from "../../api/resource.ts";
import type { Delivery } from "../../api/types.ts";
import { StateBadge } from "../../parts/badge.tsx";
import { dateTime } from "../../parts/format.ts";
import { stateName } from "../../parts/state-name.ts";
import { Empty, Loaded } from "../../parts/states.tsx";
import { type Column, Pager, Table } from "../../parts/table.tsx";

const PAGE = 25;
const STATES = ["pending", "delivered", "rejected", "dead", "withheld"];

/** Single deliveries, newest click first. */
export function DeliveryList({ program, network }: { program: number; network: string }) {
  const state = query.value.get("state") ?? undefined;
  const cursor = query.value.get("cursor") ?? undefined;
  const asked = { program_id: program, network, state, limit: PAGE, cursor, ...periodQuery.value };
  const deliveries = useResource(JSON.stringify(asked), (signal) => api.deliveries(asked, signal));
  return (
    <section class="card flush">
      <div class="bar card-bar">
        <h2>Deliveries</h2>
        <label>
          <span class="unseen">State</span>
          <select
            value={state ?? ""}
            onChange={(event) => setQuery({ state: event.currentTarget.value, cursor: null })}
          >
            <option value="">In every state</option>
            {STATES.map((name) => (
              <option key={name} value={name}>
                {stateName(name)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Loaded of={deliveries} rows={6}>
        {({ data, next_cursor }) =>
          data.length === 0 ? (
            <Empty title="None in this period" />
          ) : (
            <>
              <Table label="Deliveries" columns={COLUMNS} rows={data} id={({ id }) => id} />
              <Pager next={next_cursor} rows={data.length} />
            </>
          )
        }
      </Loaded>
    </section>
  );
}

const COLUMNS: Column<Delivery>[] = [
  {
    key: "click",
    head: "Click",
    cell: ({ event_id, clicked_at }) => (
      <a href={linkTo(`/clicks/${event_id}`)}>
        {clicked_at === null ? event_id.slice(0, 12) : dateTime(clicked_at)}
      </a>
    ),
  },
  {
    key: "link",
    head: "Link",
    from: "small",
    cell: ({ link_id, link_code }) =>
      link_id === null ? "–" : <a href={linkTo(`/links/${link_id}`)}>{link_code ?? link_id}</a>,
  },
  { key: "state", head: "State", cell: ({ state }) => <StateBadge state={state} /> },
  {
    key: "attempts",
    head: "Attempts",
    figures: true,
    from: "small",
    cell: ({ attempt_count }) => attempt_count,
  },
  {
    key: "reason",
    head: "What it said",
    from: "medium",
    cell: ({ reason, reference }) => (
      <span class="cut" title={reason ?? reference ?? undefined}>
        {reason ?? (reference && <code>{reference}</code>) ?? "–"}
      </span>
    ),
  },
  {
    key: "next",
    head: "Next attempt",
    from: "wide",
    cell: ({ next_attempt_at }) => (next_attempt_at === null ? "–" : dateTime(next_attempt_at)),
  },
];
