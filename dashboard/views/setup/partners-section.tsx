import { useState } from "preact/hooks";
import { now } from "../../address/period.ts";
import { query } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { useResource } from "../../api/resource.ts";
import type { Partner, PartnerWithKey } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { ago, count } from "../../parts/format.ts";
import { SearchBox } from "../../parts/search-box.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { type Column, Pager, Table } from "../../parts/table.tsx";
import { KeyPanel } from "./key-panel.tsx";
import { PartnerPanel } from "./partner-panel.tsx";
import { RotatePanel } from "./rotate-panel.tsx";

const PAGE = 50;

type Open =
  | { panel: "new" }
  | { panel: "rename" | "rotate"; partner: Partner }
  | { panel: "key"; partner: PartnerWithKey };

export function PartnersSection() {
  const q = query.value.get("q") ?? "";
  const cursor = query.value.get("cursor");
  const asked = { q, limit: PAGE, ...(cursor && { cursor }) };
  const partners = useResource(JSON.stringify(asked), (signal) => api.partners(asked, signal));
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const shown = (partner: PartnerWithKey) => {
    setOpen({ panel: "key", partner });
    partners.reload();
  };
  return (
    <section class="card flush">
      <div class="bar card-bar">
        <SearchBox label="Search partners" />
        <Button kind="primary" icon="plus" onClick={() => setOpen({ panel: "new" })}>
          New partner
        </Button>
      </div>
      <Loaded of={partners}>
        {({ data, next_cursor }) =>
          data.length === 0 ? (
            <Empty title={q ? "No partner matches" : "There are no partners yet"}>
              <p>A partner has links, and a key that reads its own clicks.</p>
              {!q && (
                <Button kind="primary" icon="plus" onClick={() => setOpen({ panel: "new" })}>
                  New partner
                </Button>
              )}
            </Empty>
          ) : (
            <>
              <Table label="Partners" columns={columns(setOpen)} rows={data} id={({ id }) => id} />
              <Pager next={next_cursor} rows={data.length} />
            </>
          )
        }
      </Loaded>
      {open?.panel === "new" && <PartnerPanel onClose={close} onMade={shown} onRenamed={close} />}
      {open?.panel === "rename" && (
        <PartnerPanel
          partner={open.partner}
          onClose={close}
          onMade={shown}
          onRenamed={() => {
            close();
            partners.reload();
          }}
        />
      )}
      {open?.panel === "rotate" && <RotatePanel partner={open.partner} onClose={close} onRotated={shown} />}
      {open?.panel === "key" && <KeyPanel partner={open.partner} onClose={close} />}
    </section>
  );
}

function columns(setOpen: (open: Open) => void): Column<Partner>[] {
  return [
    {
      key: "name",
      head: "Partner",
      cell: ({ id, name }) => (
        <>
          <span class="cut">{name}</span>
          <span class="under">{id}</span>
        </>
      ),
    },
    { key: "clicks", head: "Clicks", figures: true, cell: ({ clicks }) => count(clicks) },
    {
      key: "unique",
      head: "Unique",
      figures: true,
      from: "small",
      cell: ({ unique_clicks }) => count(unique_clicks),
    },
    { key: "bots", head: "Bots", figures: true, from: "medium", cell: ({ bot_clicks }) => count(bot_clicks) },
    {
      key: "last",
      head: "Last clicked",
      from: "medium",
      cell: ({ last_clicked }) =>
        last_clicked ? ago(last_clicked, now.value) : <span class="soft">never</span>,
    },
    {
      key: "actions",
      head: <span class="unseen">Actions</span>,
      cell: (partner) => (
        <div class="row-actions">
          <Button
            kind="quiet"
            icon="key"
            label={`New key for ${partner.name}`}
            onClick={() => setOpen({ panel: "rotate", partner })}
          />
          <Button
            kind="quiet"
            icon="edit"
            label={`Rename ${partner.name}`}
            onClick={() => setOpen({ panel: "rename", partner })}
          />
        </div>
      ),
    },
  ];
}
