import { now, timeZone } from "../../address/period.ts";
import { linkTo } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { useResource } from "../../api/resource.ts";
import type { ListedLink } from "../../api/types.ts";
import { StateBadge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Copy } from "../../parts/copy.tsx";
import { Switch } from "../../parts/field.tsx";
import { Change } from "../../parts/figure-row.tsx";
import { ago, count, dateTime } from "../../parts/format.ts";
import { attempt } from "../../parts/notice.tsx";
import { Sparkline } from "../../parts/sparkline.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { referralUrl } from "./link-addresses.ts";

const DAYS = 30;

interface LinkTableProps {
  rows: ListedLink[];
  sort: string;
  manager: boolean;
  onEdit: (link: ListedLink) => void;
  onShare: (link: ListedLink) => void;
  onChanged: () => void;
}

export function LinkTable({ rows, sort, manager, onEdit, onShare, onChanged }: LinkTableProps) {
  const ids = rows.map(({ id }) => id).join(",");
  const zone = timeZone.value;
  const lines = useResource(`${ids} ${zone}`, (signal) =>
    api.sparklines({ ids, days: DAYS, timezone: zone }, signal),
  );
  const byLink = new Map(lines.data?.data.map(({ link_id, clicks }) => [link_id, clicks]));
  const columns: Column<ListedLink>[] = [
    {
      key: "code",
      head: "Code",
      sortable: true,
      cell: ({ id, code, partner_name, kind, status }) => (
        <>
          <a class="cut" href={linkTo(`/links/${id}`)} title={code}>
            {code}
          </a>
          {manager && <span class="under cut below-wide">{partnerOf({ partner_name, kind })}</span>}
          {status === "inactive" && (
            <div class="below-small">
              <StateBadge state={status} />
            </div>
          )}
        </>
      ),
    },
    PARTNER,
    {
      key: "destination_url",
      head: "Destination",
      sortable: true,
      from: "huge",
      cell: ({ destination_url }) => (
        <span class="cut soft" title={destination_url}>
          {destination_url.replace(/^https?:\/\//, "")}
        </span>
      ),
    },
    {
      key: "status",
      head: "Status",
      sortable: true,
      from: "small",
      cell: (link) =>
        manager && link.kind === "partner" ? (
          <Switch
            bare
            label={`${link.code} is active`}
            on={link.status === "active"}
            onChange={async (on) => {
              await attempt(
                () => api.changeLink(link.id, { status: on ? "active" : "inactive" }),
                `${link.code} is ${on ? "active" : "inactive"} everywhere within 15 seconds.`,
              );
              onChanged();
            }}
          />
        ) : (
          <StateBadge state={link.status} />
        ),
    },
    figure("clicks", "Clicks"),
    { ...figure("unique_clicks", "Unique"), from: "small" },
    { ...figure("bot_clicks", "Bots", true), from: "medium" },
    {
      key: "trend",
      head: `${DAYS} days`,
      from: "medium",
      cell: ({ id, code }) => {
        const values = byLink.get(id);
        if (!values) return <span class="sparkline" />;
        const sum = values.reduce((all, n) => all + n, 0);
        return <Sparkline values={values} label={`${code}: ${count(sum)} clicks in ${DAYS} days`} />;
      },
    },
    {
      key: "last_clicked",
      head: "Last clicked",
      sortable: true,
      first: "descending",
      from: "wide",
      cell: ({ last_clicked }) =>
        last_clicked ? (
          <time class="nowrap" dateTime={new Date(last_clicked).toISOString()} title={dateTime(last_clicked)}>
            {ago(last_clicked, now.value)}
          </time>
        ) : (
          <span class="soft">never</span>
        ),
    },
    {
      key: "actions",
      head: <span class="unseen">Actions</span>,
      cell: (link) => (
        <div class="row-actions">
          <span class="only-wide">
            <Copy text={referralUrl(link)} label={`Copy the link of ${link.code}`} />
          </span>
          <Button kind="quiet" icon="qr" label={`Share ${link.code}`} onClick={() => onShare(link)} />
          {manager && link.kind === "partner" && (
            <Button kind="quiet" icon="edit" label={`Edit ${link.code}`} onClick={() => onEdit(link)} />
          )}
        </div>
      ),
    },
  ];
  // To a partner all of them are its own.
  const shown = columns.filter((column) => manager || column !== PARTNER);
  return <Table label="Referral links" columns={shown} rows={rows} id={({ id }) => id} sort={sort} />;
}

const PARTNER: Column<ListedLink> = {
  key: "partner_name",
  head: "Partner",
  sortable: true,
  from: "wide",
  cell: (link) => <span class="cut">{partnerOf(link)}</span>,
};

/** The built-in link of a program is no partner's. */
function partnerOf({ partner_name, kind }: Pick<ListedLink, "partner_name" | "kind">): string {
  return partner_name ?? (kind === "avantlink" ? "AvantLink" : "–");
}

function figure(
  key: "clicks" | "unique_clicks" | "bot_clicks",
  head: string,
  neutral = false,
): Column<ListedLink> {
  return {
    key,
    head,
    figures: true,
    sortable: true,
    cell: (link) => (
      <>
        {count(link[key])}
        {link.previous && (
          <span class="under">
            <Change value={link[key]} before={link.previous[key]} neutral={neutral} />
          </span>
        )}
      </>
    ),
  };
}
