/** One link: its clicks over time, who they were, and the latest of them. */

import { useState } from "preact/hooks";
import { interval, now, period, periodQuery, timeZone } from "../../address/period.ts";
import { linkTo } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { programName } from "../../api/programs.ts";
import { useResource } from "../../api/resource.ts";
import { session } from "../../api/session.ts";
import type { Link } from "../../api/types.ts";
import { StateBadge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { FigureRow } from "../../parts/figure-row.tsx";
import { ago } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";
import { Outward } from "../../parts/outward.tsx";
import { PeriodBar } from "../../parts/period-bar.tsx";
import { Empty, Failure, Loading } from "../../parts/states.tsx";
import { LinkPanel } from "../links/link-panel.tsx";
import { SharePanel } from "../links/share-panel.tsx";
import { BreakdownCards } from "./breakdown-cards.tsx";
import { ClicksOverTime, unitOf } from "./clicks-over-time.tsx";
import { LatestClicks } from "./latest-clicks.tsx";

const HOUR_MS = 3_600_000;

export function LinkView({ id }: { id: number }) {
  const link = useResource(String(id), (signal) => api.link(id, signal));
  const [open, setOpen] = useState<"edit" | "share">();
  const asked = { link_id: id, ...periodQuery.value, timezone: timeZone.value, interval: interval.value };
  // "All time" begins with the link: without a beginning the API answers thirty days, and an hour begun is not counted.
  asked.from ??= link.data && link.data.created_at - (link.data.created_at % HOUR_MS);
  const stats = useResource(asked.from === undefined ? undefined : JSON.stringify(asked), (signal) =>
    api.stats(asked, signal),
  );
  if (link.error?.status === 404) {
    return (
      <Empty page title="There is no such link">
        <p>It may be another partner's, or the address is not whole.</p>
        <a href={linkTo("/")}>To the referral links</a>
      </Empty>
    );
  }
  if (link.error || !link.data) {
    return (
      <>
        <h1>Referral link</h1>
        {link.error ? <Failure error={link.error} retry={link.reload} /> : <Loading rows={8} />}
      </>
    );
  }
  const { clicks, unique_clicks, bot_clicks } = (!stats.error && stats.data?.totals) || {};
  return (
    <>
      <LinkHead link={link.data} onOpen={setOpen} />
      <PeriodBar />
      <div class={stats.loading ? "stale" : undefined}>
        <FigureRow
          figures={[
            { label: "Clicks", value: clicks },
            { label: "Unique clicks", value: unique_clicks },
            { label: "Bots, not counted", value: bot_clicks },
          ]}
        />
      </div>
      <section class="card">
        <h2>
          Clicks by {stats.data ? unitOf(stats.data) : interval.value}, {period.value.label.toLowerCase()}
        </h2>
        <ClicksOverTime stats={stats} />
      </section>
      <BreakdownCards link={link.data} />
      <LatestClicks link={id} />
      {open === "edit" && (
        <LinkPanel
          link={link.data}
          onClose={() => setOpen(undefined)}
          onSaved={() => {
            setOpen(undefined);
            link.reload();
          }}
        />
      )}
      {open === "share" && (
        <SharePanel link={link.data} onClose={() => setOpen(undefined)} onChanged={link.reload} />
      )}
    </>
  );
}

function LinkHead({ link, onOpen }: { link: Link; onOpen: (panel: "edit" | "share") => void }) {
  const { code, status, partner_name, program_id, destination_url, last_clicked, kind } = link;
  const manager = session.value?.role === "admin";
  return (
    <>
      <nav class="where" aria-label="Where this is">
        <a href={linkTo("/")}>
          <Icon name="back" />
          Referral links
        </a>
      </nav>
      <div class="view-head">
        <div class="titles">
          <h1>
            {code} <StateBadge state={status} />
          </h1>
          <p class="soft link-about">
            {partner_name ?? "No partner"}
            {manager && ` · ${programName(program_id)}`}
            {" · "}
            <Outward url={destination_url} />
            {" · "}
            {last_clicked ? `last clicked ${ago(last_clicked, now.value)}` : "never clicked"}
          </p>
        </div>
        <div class="actions">
          <Button icon="qr" onClick={() => onOpen("share")}>
            Share
          </Button>
          {manager && kind === "partner" && (
            <Button icon="edit" onClick={() => onOpen("edit")}>
              Edit
            </Button>
          )}
        </div>
      </div>
    </>
  );
}
