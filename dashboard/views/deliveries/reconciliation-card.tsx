import { useState } from "preact/hooks";
import { now, period, periodQuery } from "../../address/period.ts";
import { linkTo } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { useResource } from "../../api/resource.ts";
import type { Reconciliation } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Export } from "../../parts/export.tsx";
import { FigureRow } from "../../parts/figure-row.tsx";
import { ago, count } from "../../parts/format.ts";
import { attempt, notice } from "../../parts/notice.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";

const DAY_MS = 86_400_000;
/** The API compares so many days a call. */
const MOST_DAYS = 31;
const SHOWN = 200;

type Day = Reconciliation["data"][number];
type Fault = Reconciliation["faults"][number];

/** What Everflow's own report says of the clicks that it was sent, by link and day. */
export function ReconciliationCard({ program }: { program: number }) {
  const asked = { program_id: program, ...periodQuery.value };
  const result = useResource(JSON.stringify(asked), (signal) => api.reconciliation(asked, signal));
  const [busy, setBusy] = useState(false);
  const compare = async () => {
    const to = Math.min(period.value.to ?? now.value, now.value);
    const from = Math.max(period.value.from ?? 0, to - MOST_DAYS * DAY_MS);
    setBusy(true);
    const run = await attempt(() => api.reconcile({ program_id: program, from, to }));
    setBusy(false);
    result.reload();
    if (!run) return;
    notice(
      run.faults.length === 0
        ? "Compared with Everflow's report."
        : `Compared, but for affiliates whose clicks could not be read: ${count(run.faults.length)}.`,
    );
  };
  return (
    <section class="card flush">
      <div class="bar card-bar">
        <h2>Compared with Everflow's own report</h2>
        <Export path="/reconciliation" query={asked} />
        <Button icon="retry" busy={busy} onClick={compare}>
          Compare now
        </Button>
      </div>
      <Loaded of={result}>
        {({ totals, data, faults }) => (
          <>
            <Faults faults={faults} />
            {data.length === 0 ? (
              <Empty title="Nothing was compared in this period yet">
                <p>
                  It is done every six hours where the program names the secret of an Everflow API key, or
                  now.
                </p>
              </Empty>
            ) : (
              <>
                <div class="card-text">
                  <FigureRow
                    figures={[
                      { label: "Sent", value: totals.sent },
                      { label: "Recorded there", value: totals.recorded },
                      { label: "Missing there", value: totals.missing },
                      { label: "Unknown here", value: totals.unknown },
                      { label: "Unclear, arrived", value: totals.unclear_arrived },
                      { label: "Unclear, absent", value: totals.unclear_absent },
                    ]}
                  />
                </div>
                <Table
                  label="Compared by link and day"
                  columns={COLUMNS}
                  rows={data.slice(0, SHOWN)}
                  id={({ day, affiliate_id, link_id }) => `${day} ${affiliate_id} ${link_id}`}
                  low
                />
                {data.length > SHOWN && (
                  <p class="soft card-text">
                    The first {SHOWN} of {count(data.length)} rows; the export has all of them.
                  </p>
                )}
              </>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

/** What their own report does not tell: their earlier figures stay. */
function Faults({ faults }: { faults: Fault[] }) {
  if (faults.length === 0) return null;
  return (
    <div class="card-text" role="status">
      <h3>Could not be read</h3>
      <ul class="reasons">
        {faults.map(({ affiliate_id, error, at }) => (
          <li key={affiliate_id}>
            <span class="said error">
              Affiliate {affiliate_id}: {error}
            </span>
            {at !== undefined && <span class="soft nowrap">{ago(at, now.value)}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

const figure = (
  key: "sent" | "recorded" | "missing" | "unknown",
  head: string,
  from?: "small" | "medium",
): Column<Day> => ({
  key,
  head,
  figures: true,
  ...(from && { from }),
  cell: (day) => (
    <span class={(key === "missing" || key === "unknown") && day[key] > 0 ? "error" : undefined}>
      {count(day[key])}
    </span>
  ),
});

const COLUMNS: Column<Day>[] = [
  { key: "day", head: "Day (UTC)", cell: ({ day }) => new Date(day).toISOString().slice(0, 10) },
  {
    key: "link",
    head: "Link",
    cell: ({ link_id, link_code, affiliate_id }) => (
      <>
        {link_id === null ? (
          "Of no link here"
        ) : (
          <a href={linkTo(`/links/${link_id}`)}>{link_code ?? link_id}</a>
        )}
        <span class="under">affiliate {affiliate_id}</span>
      </>
    ),
  },
  figure("sent", "Sent"),
  figure("recorded", "Recorded", "small"),
  figure("missing", "Missing"),
  figure("unknown", "Unknown here", "small"),
  {
    key: "unclear",
    head: "Unclear: arrived, absent",
    figures: true,
    from: "medium",
    cell: ({ unclear_arrived, unclear_absent }) => `${count(unclear_arrived)}, ${count(unclear_absent)}`,
  },
  { key: "checked", head: "Compared", from: "medium", cell: ({ checked_at }) => ago(checked_at, now.value) },
];
