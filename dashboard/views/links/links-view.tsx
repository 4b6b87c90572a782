/** Home: the referral links with what they brought in the period that is looked at. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { comparing, periodQuery } from "../../address/period.ts";
import { linkTo, query, setQuery } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { programs } from "../../api/programs.ts";
import { useResource } from "../../api/resource.ts";
import { session } from "../../api/session.ts";
import type { LinkQuery, ListedLink } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Export } from "../../parts/export.tsx";
import { type Figure, FigureRow } from "../../parts/figure-row.tsx";
import { PeriodBar } from "../../parts/period-bar.tsx";
import { ProgramFilter } from "../../parts/program-filter.tsx";
import { SearchBox } from "../../parts/search-box.tsx";
import { Empty, Failure, Loaded } from "../../parts/states.tsx";
import { Pager } from "../../parts/table.tsx";
import { ImportPanel } from "./import-panel.tsx";
import { LinkPanel } from "./link-panel.tsx";
import { LinkTable } from "./link-table.tsx";
import { SharePanel } from "./share-panel.tsx";

const PAGE = 50;

type Open = { panel: "new" | "import" } | { panel: "edit" | "share"; link: ListedLink };

export function LinksView() {
  const [open, setOpen] = useState<Open>();
  const manager = session.value?.role === "admin";
  const filters = linkQuery();
  const compare = comparing.value ? "previous" : undefined;
  const sort = query.value.get("sort") ?? "-clicks";
  const page = { ...filters, compare, sort, limit: PAGE, cursor: query.value.get("cursor") ?? undefined };
  const links = useResource(JSON.stringify(page), (signal) => api.links(page, signal));
  const sums = { ...filters, compare };
  const totals = useResource(JSON.stringify(sums), (signal) => api.linkTotals(sums, signal));
  if (links.error?.status === 400) return <NoMatch page>{links.error.message}.</NoMatch>;
  const changed = () => {
    setOpen(undefined);
    links.reload();
    totals.reload();
  };
  const close = () => setOpen(undefined);
  return (
    <>
      <div class="view-head">
        <h1>Referral links</h1>
        <div class="actions">
          <Export path="/links" query={{ ...sums, sort }} />
          {manager && (
            <>
              <Button icon="upload" onClick={() => setOpen({ panel: "import" })}>
                Import
              </Button>
              <Button kind="primary" icon="plus" onClick={() => setOpen({ panel: "new" })}>
                New link
              </Button>
            </>
          )}
        </div>
      </div>
      <div class="bar">
        <PeriodBar compare />
        <ProgramFilter />
      </div>
      {totals.error ? (
        <div class="card">
          <Failure error={totals.error} retry={totals.reload} />
        </div>
      ) : (
        <div class={totals.loading ? "stale" : undefined}>
          <FigureRow figures={figures(totals.data)} />
        </div>
      )}
      <div class="card flush">
        <div class="bar card-bar">
          <SearchBox label={`Search code${manager ? ", destination or partner" : " or destination"}`} />
          <label>
            <span class="unseen">Status</span>
            <select
              value={query.value.get("status") ?? ""}
              onChange={(event) => setQuery({ status: event.currentTarget.value, cursor: null })}
            >
              <option value="">Active and inactive</option>
              <option value="active">Active</option>
              <option value="inactive">Inactive</option>
            </select>
          </label>
        </div>
        <Loaded of={links} rows={8}>
          {({ data, next_cursor }) =>
            data.length === 0 ? (
              <NoLinks manager={manager} onNew={() => setOpen({ panel: "new" })} />
            ) : (
              <>
                <LinkTable
                  rows={data}
                  sort={sort}
                  manager={manager}
                  onEdit={(link) => setOpen({ panel: "edit", link })}
                  onShare={(link) => setOpen({ panel: "share", link })}
                  onChanged={changed}
                />
                <Pager next={next_cursor} rows={data.length} total={totals.data?.links} />
                {/* The one that every program has leads nobody on. */}
                {!filters.q && !filters.status && data.every(({ kind }) => kind === "avantlink") && (
                  <NoLinks manager={manager} onNew={() => setOpen({ panel: "new" })} />
                )}
              </>
            )
          }
        </Loaded>
      </div>
      {open?.panel === "new" && <LinkPanel onClose={close} onSaved={changed} />}
      {open?.panel === "edit" && <LinkPanel link={open.link} onClose={close} onSaved={changed} />}
      {open?.panel === "share" && <SharePanel link={open.link} onClose={close} onChanged={links.reload} />}
      {open?.panel === "import" && <ImportPanel onClose={close} onImported={changed} />}
    </>
  );
}

function linkQuery(): LinkQuery {
  const given = query.value;
  return {
    ...periodQuery.value,
    program_id: given.get("program") ?? undefined,
    q: given.get("q") ?? undefined,
    status: given.get("status") ?? undefined,
  };
}

type Totals = Awaited<ReturnType<typeof api.linkTotals>>;

function figures(totals: Totals | undefined): Figure[] {
  const { links, clicks, unique_clicks, bot_clicks, previous } = totals ?? {};
  return [
    { label: "Clicks", value: clicks, before: previous?.clicks },
    { label: "Unique clicks", value: unique_clicks, before: previous?.unique_clicks },
    { label: "Bots, not counted", value: bot_clicks, before: previous?.bot_clicks, neutral: true },
    { label: "Links", value: links },
  ];
}

/** @param page of an address that asks for what there is not: to try it again would not help. */
function NoMatch({ page = false, children }: { page?: boolean; children: ComponentChildren }) {
  return (
    <Empty page={page} title="No link matches">
      <p>{children}</p>
      <Button onClick={() => setQuery({ q: null, status: null, sort: null, cursor: null, program: null })}>
        Show all links
      </Button>
    </Empty>
  );
}

function NoLinks({ manager, onNew }: { manager: boolean; onNew: () => void }) {
  const filtered = query.value.get("q") || query.value.get("status");
  if (filtered) {
    return <NoMatch>Change the search or filters.</NoMatch>;
  }
  if (manager && programs.value.length === 0) {
    return (
      <Empty title="There is no program yet">
        <p>Links belong to a program: the shop, its hosts and its networks.</p>
        <a class="button primary" href={linkTo("/setup")}>
          Make a program
        </a>
      </Empty>
    );
  }
  return (
    <Empty title="There are no referral links yet">
      {manager ? (
        <>
          <p>
            A link has a partner's code. Visitors who arrive with ?aff=CODE in the address are counted on it.
          </p>
          <Button kind="primary" icon="plus" onClick={onNew}>
            New link
          </Button>
        </>
      ) : (
        <p>The program's managers have not made one for you.</p>
      )}
    </Empty>
  );
}
