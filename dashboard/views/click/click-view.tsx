/** One click: its way, everything known of it, what the networks were told and said, and the customer's other clicks. */

import { useEffect } from "preact/hooks";
import { linkTo } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { programName } from "../../api/programs.ts";
import { type Resource, useResource } from "../../api/resource.ts";
import type { ClickDetail } from "../../api/types.ts";
import { Badge } from "../../parts/badge.tsx";
import { Copy } from "../../parts/copy.tsx";
import { Facts } from "../../parts/facts.tsx";
import { country, dateTime } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";
import { Empty, Failure, Loading } from "../../parts/states.tsx";
import { ClickWay } from "./click-way.tsx";
import { DeliveryCard } from "./delivery-card.tsx";
import { OtherClicks } from "./other-clicks.tsx";

/** How often what is pending is looked at: soon after its next attempt. */
const SOONEST_MS = 1_000;
const LATEST_MS = 30_000;

export function ClickView({ id }: { id: string }) {
  const detail = useResource(id, (signal) => api.click(id, signal));
  useFollowed(detail);
  if (detail.error) {
    return detail.error.status === 404 ? (
      <Empty page title="This click is not here">
        <p>Clicks are kept for a set time. A test click is none, and is not recorded.</p>
        <a href={linkTo("/live")}>To the clicks as they come</a>
      </Empty>
    ) : (
      <>
        <h1>Click</h1>
        <Failure error={detail.error} retry={detail.reload} />
      </>
    );
  }
  if (!detail.data) {
    return (
      <>
        <h1>Click</h1>
        <Loading rows={8} />
      </>
    );
  }
  const { click, deliveries } = detail.data;
  return (
    <>
      <nav class="where" aria-label="Where this is">
        <a href={linkTo(`/links/${click.link_id}`)}>
          <Icon name="back" />
          {click.link_code ?? `Link ${click.link_id}`}
        </a>
      </nav>
      <div class="view-head">
        <div class="titles">
          <h1>
            Click of {dateTime(click.at)}{" "}
            {click.is_bot ? (
              <Badge tone="soft">bot, not counted</Badge>
            ) : (
              <Badge tone={click.is_unique ? "good" : "plain"}>{click.is_unique ? "unique" : "repeat"}</Badge>
            )}
          </h1>
          <p class="soft id-line">
            <code>{click.click_id}</code>
            <Copy text={click.click_id} label="Copy the click id" />
          </p>
        </div>
      </div>
      <ClickWay detail={detail.data} />
      <div class="cards">
        {deliveries.map((delivery) => (
          <DeliveryCard key={delivery.id} delivery={delivery} onChanged={detail.reload} />
        ))}
        {deliveries.length === 0 && (
          <section class="card">
            <h2>Networks</h2>
            <p class="soft">
              It is owed to none: the link has no Everflow offer, and the visitor brought no AvantLink
              parameter.
            </p>
          </section>
        )}
      </div>
      <KnownOfIt detail={detail.data} />
      <OtherClicks clicks={detail.data.other_clicks} />
    </>
  );
}

/** A delivery that is under way is seen to arrive. */
function useFollowed({ data, reload }: Resource<ClickDetail>): void {
  useEffect(() => {
    const next = data?.deliveries.map(({ state, next_attempt_at }) =>
      state === "pending" ? (next_attempt_at ?? 0) : Number.POSITIVE_INFINITY,
    );
    const due = Math.min(...(next ?? []));
    if (due === Number.POSITIVE_INFINITY) return;
    const wait = Math.min(Math.max(due - Date.now() + SOONEST_MS, SOONEST_MS), LATEST_MS);
    const timer = setTimeout(reload, wait);
    return () => clearTimeout(timer);
  }, [data]);
}

function KnownOfIt({ detail }: { detail: ClickDetail }) {
  const { click, customer, everflow_transaction_id } = detail;
  const params = Object.entries(click.params ?? {}).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  return (
    <div class="cards">
      <section class="card">
        <h2>Attribution</h2>
        <Facts
          facts={[
            ["Link", <a href={linkTo(`/links/${click.link_id}`)}>{click.link_code ?? click.link_id}</a>],
            ["Program", programName(click.program_id)],
            ["Customer since", customer && dateTime(customer.created_at)],
            [
              "Customer's partner",
              customer &&
                (customer.partner_id === click.partner_id ? "this link's" : `partner ${customer.partner_id}`),
            ],
            ["Event id", <code>{click.id}</code>],
            ["Idempotency key", click.event_id && <code>{click.event_id}</code>],
            ["Everflow's transaction id", everflow_transaction_id && <code>{everflow_transaction_id}</code>],
            ["Came in as", click.dialect === "link" ? "tracking link" : `${click.dialect} dialect`],
            [
              "Parameters",
              params.length > 0 && (
                <Facts facts={params.map(([name, value]) => [name, <code>{value}</code>])} />
              ),
            ],
          ]}
        />
      </section>
      <section class="card">
        <h2>Page</h2>
        <Facts
          facts={[
            ["Title", click.page_title],
            ["Page", click.page_url],
            ["Landing address", click.affiliate_url],
            ["Referrer", click.referrer_url || "direct"],
            ["Session", click.session_id && <code>{click.session_id}</code>],
          ]}
        />
      </section>
      <section class="card">
        <h2>Visitor</h2>
        <Facts
          facts={[
            ["Place", [click.city, click.region, country(click.country)].filter(Boolean).join(", ")],
            ["Address", click.ip],
            ["Provider", click.as_organization && `${click.as_organization} (AS${click.asn})`],
            [
              "Device",
              [click.device_type, click.device_brand, click.device_model].filter(Boolean).join(" · "),
            ],
            ["Browser", [click.browser, click.browser_version].filter(Boolean).join(" ")],
            ["System", [click.os, click.os_version].filter(Boolean).join(" ")],
            [
              "Screen",
              [click.screen_resolution, click.viewport_size && `window ${click.viewport_size}`]
                .filter(Boolean)
                .join(", "),
            ],
            ["Language", click.language],
            ["Time zone", click.timezone ?? click.geo_timezone],
            ["Global Privacy Control", click.gpc ? "on" : null],
            ["User agent", click.user_agent],
          ]}
        />
      </section>
    </div>
  );
}
