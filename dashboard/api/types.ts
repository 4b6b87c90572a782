/** What the API takes and answers, from the schemas that it validates with. Types alone: nothing of zod is bundled. */

import type { z } from "zod";
import type * as clicks from "../../worker/reports/schemas/click.ts";
import type * as deliveries from "../../worker/reports/schemas/delivery.ts";
import type * as links from "../../worker/reports/schemas/link.ts";
import type * as networks from "../../worker/reports/schemas/network.ts";
import type * as partners from "../../worker/reports/schemas/partner.ts";
import type * as programs from "../../worker/reports/schemas/program.ts";
import type * as reconciliation from "../../worker/reports/schemas/reconciliation.ts";
import type * as stats from "../../worker/reports/schemas/stats.ts";

/** A query with the names that a schema knows; values as they are at hand. */
export type QueryOf<Schema extends z.ZodType> = {
  [Name in keyof z.input<Schema>]?: string | number | boolean | undefined;
};

export interface List<Row> {
  data: Row[];
  next_cursor: string | null;
}

export type Link = z.output<typeof links.Link>;
export type NewLink = z.input<typeof links.NewLink>;
export type LinkChange = z.input<typeof links.LinkChange>;
export type LinkQuery = QueryOf<typeof links.LinkQuery>;
export type Program = z.output<typeof programs.Program>;
export type NewProgram = z.input<typeof programs.NewProgram>;
export type ProgramChange = z.input<typeof programs.ProgramChange>;
export type Partner = z.output<typeof partners.Partner>;
export type PartnerWithKey = z.output<typeof partners.PartnerWithKey>;
/** With the times of its way, null for clicks from before they were kept. */
export type ClickEvent = z.output<typeof clicks.ClickEvent> & {
  kept_at: number | null;
  recorded_at: number | null;
};
export type ClickDetail = Omit<
  z.output<typeof clicks.ClickDetail>,
  "click" | "deliveries" | "other_clicks"
> & {
  click: ClickEvent;
  deliveries: DeliveryDetail[];
  other_clicks: ClickEvent[];
};
export type ClickQuery = QueryOf<typeof clicks.ClickQuery>;
export type Delivery = z.output<typeof deliveries.Delivery>;
export type DeliveryDetail = z.output<typeof deliveries.DeliveryDetail> & { sent: SentRequest | null };
export interface SentRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | null;
  settings_changed_since: boolean;
}
export type DeliveryQuery = QueryOf<typeof deliveries.DeliveryQuery>;
export type RetriedMany = z.output<typeof deliveries.RetriedMany>;
export type NetworkHealth = z.output<typeof networks.NetworkHealth>;
export type Stats = z.output<typeof stats.Stats>;
export type StatsQuery = QueryOf<typeof stats.StatsQuery>;
export type Breakdown = z.output<typeof stats.Breakdown>;
export type BreakdownQuery = QueryOf<typeof stats.BreakdownQuery>;
export type Reconciliation = z.output<typeof reconciliation.Reconciliation>;
export type ReconciliationRun = z.output<typeof reconciliation.ReconciliationRun>;

export type Counters = Pick<Link, "clicks" | "unique_clicks" | "bot_clicks">;
export type LinkRow = Link & { previous?: Counters };
export interface LinkTotals extends Counters {
  links: number;
  previous?: Counters;
}
export interface Sparklines {
  days: number[];
  data: { link_id: number; clicks: number[] }[];
}
export interface ImportResult {
  dry_run: boolean;
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
  rows: {
    line: number;
    code: string;
    action: "create" | "update" | "unchanged" | "error";
    errors: { field: string; error: string }[];
  }[];
}

export interface LiveDelivery {
  event_id: string;
  network: string;
  state: string;
  settled_at: number | null;
  reason: string | null;
  attempt_count: number;
}
export type LiveClick = Pick<
  ClickEvent,
  | "id"
  | "click_id"
  | "at"
  | "kept_at"
  | "recorded_at"
  | "link_id"
  | "link_code"
  | "program_id"
  | "partner_id"
  | "country"
  | "city"
  | "device_type"
  | "browser"
  | "os"
  | "is_bot"
  | "is_unique"
  | "page_url"
  | "page_title"
  | "referrer_host"
> & { deliveries: Omit<LiveDelivery, "event_id">[] };
export type LiveMessage =
  | { type: "hello"; now: number }
  | { type: "clicks"; clicks: LiveClick[]; skipped: number }
  | { type: "deliveries"; deliveries: LiveDelivery[] };

export interface Latencies {
  data: { t: number; p50: number | null; p95: number | null; attempts: number }[];
}
export interface Reasons {
  data: { reason: string | null; deliveries: number }[];
  counted_all: boolean;
}
export type DeliveryCounts = Record<"pending" | "delivered" | "rejected" | "dead" | "withheld", number>;

export interface Exchange {
  network: string;
  request: { method: string; url: string; headers: Record<string, string>; body: string | null };
  response: { status: number; headers: Record<string, string>; body: string } | null;
  duration_ms: number;
  outcome: { state: string; reason: string | null; reference: string | null };
}
export interface Snippet {
  tag: string;
  pinned_tag: string | null;
  collector: string;
}
export interface SetupCheck {
  checked_at: number;
  steps: {
    step: "page" | "script" | "csp" | "click" | "cookie";
    state: "ok" | "waiting" | "problem";
    words: string;
    hint?: string;
  }[];
  click: { id: string | null; at: number; page_url: string | null; test: boolean } | null;
}
