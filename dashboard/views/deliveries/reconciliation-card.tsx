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
/** Everflow's report shows so many, today among them. */
const REPORT_DAYS = 90;
const SHOWN = 200;

type Day = Reconciliation["data"][number];
type Fault = Reconciliation["faults"][number];

/** What Everflow's own report says of the clicks that it was sent, by link and day. */
export function ReconciliationCard({ program }: { program: number }) {
  const asked = { program_id: program, ...periodQuery.value };
  const result = useResource(JSON.stringify(asked), (signal) => api.reconciliation(asked, signal));
  const [busy, setBusy] = useState(false);
  const compare = async () => {
    const end = Math.min(period.value.to ?? now.value, now.value);
    // Of an older period its last day is asked for: the API says why that cannot be.
    const begin = Math.max(
      period.value.from ?? 0,
      Math.min(now.value - (REPORT_DAYS - 1) * DAY_MS, end - DAY_MS),
    );
    let to = end;
    setBusy(true);
    while (to > begin) {
      const from = Math.max(begin, to - MOST_DAYS * DAY_MS);
      if (!(await attempt(() => api.reconcile({ program_id: program, from, to })))) break;
      to = from;
    }
    setBusy(false);
    result.reload();
    // What could not be read stands below.
    if (to < end) notice(`Compared since ${utcDay(to)}.`);
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
                  <FigureRow figures={FIGURES.map(({ head, of }) => ({ label: head, value: of(totals) }))} />
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

const utcDay = (at: number) => new Date(at).toISOString().slice(0, 10);

interface Counted {
  head: string;
  of: (counts: Reconciliation["totals"]) => number;
  from?: "small" | "medium";
  /** It should be none. */
  bad?: boolean;
}

const FIGURES: Counted[] = [
  { head: "Sent", of: ({ sent }) => sent },
  { head: "Recorded there", of: ({ recorded }) => recorded, from: "small" },
  { head: "Missing there", of: ({ missing }) => missing, bad: true },
  { head: "Unknown here", of: ({ unknown }) => unknown, from: "small", bad: true },
  { head: "Duplicates", of: ({ duplicates }) => duplicates, from: "medium", bad: true },
  {
    head: "Unclear, settled",
    of: ({ unclear_arrived, unclear_absent }) => unclear_arrived + unclear_absent,
    from: "medium",
  },
];

const COLUMNS: Column<Day>[] = [
  { key: "day", head: "Day (UTC)", cell: ({ day }) => utcDay(day) },
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
  ...FIGURES.map(({ head, of, bad, ...more }) => ({
    key: head,
    head,
    figures: true,
    cell: (day: Day) => <span class={bad && of(day) ? "error" : undefined}>{count(of(day))}</span>,
    ...more,
  })),
  { key: "checked", head: "Compared", from: "medium", cell: ({ checked_at }) => ago(checked_at, now.value) },
];
