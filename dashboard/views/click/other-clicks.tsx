import { linkTo } from "../../address/route.ts";
import type { ClickEvent } from "../../api/types.ts";
import { Badge } from "../../parts/badge.tsx";
import { dateTime } from "../../parts/format.ts";
import { Table } from "../../parts/table.tsx";

/** The API has at most a hundred of them. */
export function OtherClicks({ clicks }: { clicks: ClickEvent[] }) {
  return (
    <section class="card flush">
      <div class="bar card-bar">
        <h2>The customer's other clicks</h2>
      </div>
      {clicks.length === 0 ? (
        <p class="soft card-text">There is none: this is the only one.</p>
      ) : (
        <Table
          label="The customer's other clicks"
          rows={clicks}
          id={({ id }) => id}
          columns={[
            {
              key: "at",
              head: "Time",
              cell: ({ id, at }) => <a href={linkTo(`/clicks/${id}`)}>{dateTime(at)}</a>,
            },
            {
              key: "link",
              head: "Link",
              cell: ({ link_id, link_code }) => (
                <a href={linkTo(`/links/${link_id}`)}>{link_code ?? link_id}</a>
              ),
            },
            {
              key: "kind",
              head: "Counted as",
              from: "small",
              cell: ({ is_bot, is_unique }) => (
                <Badge tone={is_unique && !is_bot ? "good" : "plain"}>
                  {is_bot ? "bot" : is_unique ? "unique" : "repeat"}
                </Badge>
              ),
            },
            {
              key: "page",
              head: "Page",
              from: "medium",
              cell: ({ page_title, page_url }) => <span class="cut">{page_title || page_url || "–"}</span>,
            },
          ]}
        />
      )}
    </section>
  );
}
