/** Clicks as they happen, each with its way: answered → kept → recorded → delivered. */

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { linkTo, query } from "../../address/route.ts";
import { followLive, type LivePlace } from "../../api/live.ts";
import { session } from "../../api/session.ts";
import type { LiveClick } from "../../api/types.ts";
import { Badge, StateBadge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { count, country, timeToMs } from "../../parts/format.ts";
import { ProgramFilter } from "../../parts/program-filter.tsx";
import { Empty } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { joinClicks, settle } from "./join-clicks.ts";
import { Way } from "./way.tsx";

/** Shown at most: enough to look back a little, few enough for a phone. */
const SHOWN = 200;

const WORDS = {
  connecting: { state: "pending", words: "connecting" },
  open: { state: "ok", words: "connected" },
  broken: { state: "problem", words: "broken off, trying again" },
};

/** Outlives the view: who looks at a click comes back to the same list. */
const list = signal<{ of?: string; place: LivePlace; clicks: LiveClick[]; skipped: number }>({
  place: {},
  clicks: [],
  skipped: 0,
});

export function LiveView() {
  const { clicks, skipped } = list.value;
  const [state, setState] = useState<keyof typeof WORDS>("connecting");
  const [paused, setPaused] = useState<LiveClick[]>();
  const program = query.value.get("program") ?? undefined;
  useEffect(() => {
    const of = `${session.value?.partner?.id} ${program}`;
    if (list.value.of !== of) list.value = { of, place: {}, clicks: [], skipped: 0 };
    const change = (part: Partial<typeof list.value>) => {
      list.value = { ...list.value, ...part };
    };
    return followLive({ program_id: program }, list.value.place, {
      onClicks(fresh, more) {
        const { clicks, skipped } = list.value;
        change({ clicks: joinClicks(clicks, fresh, SHOWN), skipped: skipped + more });
      },
      onDeliveries: (deliveries) => change({ clicks: settle(list.value.clicks, deliveries) }),
      onState: setState,
    });
  }, [program]);
  const shown = paused ?? clicks;
  const unseen = paused ? clicks.filter(({ id }) => !paused.some((click) => click.id === id)).length : 0;
  return (
    <>
      <div class="view-head">
        <h1>
          Live <StateBadge {...WORDS[state]} />
        </h1>
        <div class="actions">
          <ProgramFilter />
          <Button icon={paused ? "play" : "pause"} onClick={() => setPaused(paused ? undefined : clicks)}>
            {paused ? `Go on${unseen > 0 ? ` (${count(unseen)} new)` : ""}` : "Pause"}
          </Button>
        </div>
      </div>
      <p class="unseen" role="status">
        {clicks[0] ? `Latest click: ${clicks[0].link_code}` : "No click yet"}
      </p>
      <section class="card flush">
        {shown.length === 0 ? (
          <Empty title="Waiting for a click">
            <p>Open a referral link in another window: it appears here within two seconds of the landing.</p>
            <a href={linkTo("/")}>To the referral links</a>
          </Empty>
        ) : (
          <Table label="Clicks as they happen" columns={columns()} rows={shown} id={({ id }) => id} />
        )}
      </section>
      {skipped > 0 && (
        <p class="soft">{count(skipped)} more came too fast to be shown. All of them are counted.</p>
      )}
    </>
  );
}

function columns(): Column<LiveClick>[] {
  const manager = session.value?.role === "admin";
  return [
    {
      key: "at",
      head: "Arrived",
      cell: (click) => (
        <>
          {manager ? (
            <a href={linkTo(`/clicks/${click.id}`)}>{timeToMs(click.at)}</a>
          ) : (
            <span>{timeToMs(click.at)}</span>
          )}
          <div class="below-small">
            <LinkOf click={click} />
          </div>
        </>
      ),
    },
    { key: "link", head: "Link", from: "small", cell: (click) => <LinkOf click={click} /> },
    {
      key: "who",
      head: "Visitor",
      from: "small",
      cell: ({ city, country: code, device_type, browser, os }) => (
        <>
          {[city, country(code)].filter(Boolean).join(", ")}
          <span class="under">{[device_type, browser, os].filter(Boolean).join(" · ")}</span>
        </>
      ),
    },
    {
      key: "page",
      head: "Page",
      from: "wide",
      cell: ({ page_title, page_url, referrer_host }) => (
        <>
          <span class="cut" title={page_url ?? undefined}>
            {page_title || page_url || "–"}
          </span>
          <span class="under cut">{referrer_host ? `from ${referrer_host}` : "direct"}</span>
        </>
      ),
    },
    { key: "way", head: "Way", cell: (click) => <Way click={click} /> },
  ];
}

function LinkOf({ click: { link_id, link_code, is_bot, is_unique } }: { click: LiveClick }) {
  return (
    <>
      <a class="cut" href={linkTo(`/links/${link_id}`)}>
        {link_code ?? link_id}
      </a>
      <span class="under">{is_bot ? <Badge tone="soft">bot</Badge> : is_unique ? "unique" : "repeat"}</span>
    </>
  );
}
