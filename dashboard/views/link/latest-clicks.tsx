import { useEffect } from "preact/hooks";
import { linkTo, query } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { followLive } from "../../api/live.ts";
import { reloadAll, useResource } from "../../api/resource.ts";
import { session } from "../../api/session.ts";
import type { ClickEvent } from "../../api/types.ts";
import { Badge } from "../../parts/badge.tsx";
import { Export } from "../../parts/export.tsx";
import { country, dateTime } from "../../parts/format.ts";
import { Empty, Loaded } from "../../parts/states.tsx";
import { type Column, Pager, Table } from "../../parts/table.tsx";

const PAGE = 20;

/** The newest clicks of a link, whatever the period: what has just come is what is looked for. */
export function LatestClicks({ link }: { link: number }) {
  const asked = { link_id: link, limit: PAGE, cursor: query.value.get("cursor") ?? undefined };
  const clicks = useResource(JSON.stringify(asked), (signal) => api.clicks(asked, signal));
  const empty = clicks.data?.data.length === 0;
  useEffect(() => {
    if (!empty) return;
    return followLive(
      { link_id: link },
      {},
      {
        onClicks: reloadAll,
        onDeliveries() {},
        // It may have come since the list was asked for.
        onState: (state) => state === "open" && clicks.reload(),
      },
    );
  }, [empty, link]);
  return (
    <section class="card flush">
      <div class="bar card-bar">
        <h2>Latest clicks</h2>
        <Export path="/clicks" query={{ link_id: link }} />
      </div>
      <Loaded of={clicks} rows={6}>
        {({ data, next_cursor }) =>
          data.length === 0 ? (
            <Empty title="No click yet">
              <p>Open the link once yourself: it appears here within a second.</p>
            </Empty>
          ) : (
            <>
              <Table label="Latest clicks" columns={COLUMNS} rows={data} id={({ id }) => id} />
              <Pager next={next_cursor} rows={data.length} />
            </>
          )
        }
      </Loaded>
    </section>
  );
}

const COLUMNS: Column<ClickEvent>[] = [
  {
    key: "at",
    head: "Time",
    cell: ({ id, at }) => {
      const words = <span class="nowrap">{dateTime(at)}</span>;
      return session.value?.role === "admin" ? <a href={linkTo(`/clicks/${id}`)}>{words}</a> : words;
    },
  },
  {
    key: "who",
    head: "Visitor",
    cell: ({ country: code, city, device_type, browser, os }) => (
      <>
        {[city, country(code)].filter(Boolean).join(", ")}
        <span class="under">{[device_type, browser, os].filter(Boolean).join(" · ")}</span>
      </>
    ),
  },
  {
    key: "kind",
    head: "Counted as",
    from: "small",
    cell: ({ is_bot, is_unique }) =>
      is_bot ? (
        <Badge tone="soft">bot</Badge>
      ) : is_unique ? (
        <Badge tone="good">unique</Badge>
      ) : (
        <Badge>repeat</Badge>
      ),
  },
  {
    key: "page",
    head: "Landing page",
    from: "medium",
    cell: ({ page_url, page_title }) => (
      <span class="cut" title={page_url ?? undefined}>
        {page_title || page_url || "–"}
      </span>
    ),
  },
  {
    key: "referrer",
    head: "Referrer",
    from: "wide",
    cell: ({ referrer_host }) => <span class="cut soft">{referrer_host || "direct"}</span>,
  },
];
