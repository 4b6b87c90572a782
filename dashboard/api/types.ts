/** What the API takes and answers, from the schemas that it validates with. Types alone: nothing of zod is bundled. */

import type { z } from "zod";
import type * as clicks from "../../worker/reports/schemas/click.ts";
import type * as deliveries from "../../worker/reports/schemas/delivery.ts";
import type * as links from "../../worker/reports/schemas/link.ts";
import type * as linkImport from "../../worker/reports/schemas/link-import.ts";
import type * as live from "../../worker/reports/schemas/live.ts";
import type * as networks from "../../worker/reports/schemas/network.ts";
import type * as partners from "../../worker/reports/schemas/partner.ts";
import type * as programs from "../../worker/reports/schemas/program.ts";
import type * as reconciliation from "../../worker/reports/schemas/reconciliation.ts";
import type * as setup from "../../worker/reports/schemas/setup.ts";
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
export type ListedLink = z.output<typeof links.ListedLink>;
export type NewLink = z.input<typeof links.NewLink>;
export type LinkChange = z.input<typeof links.LinkChange>;
export type LinkQuery = QueryOf<typeof links.LinkQuery>;
export type LinkTotals = z.output<typeof links.LinkTotals>;
export type LinkTotalsQuery = QueryOf<typeof links.LinkTotalsQuery>;
export type Sparklines = z.output<typeof links.Sparklines>;
export type SparklineQuery = QueryOf<typeof links.SparklineQuery>;
export type LinkImport = z.output<typeof linkImport.LinkImport>;
export type Program = z.output<typeof programs.Program>;
export type NewProgram = z.input<typeof programs.NewProgram>;
export type ProgramChange = z.input<typeof programs.ProgramChange>;
export type Partner = z.output<typeof partners.Partner>;
export type PartnerWithKey = z.output<typeof partners.PartnerWithKey>;
export type Snippet = z.output<typeof setup.Snippet>;
export type TestClick = z.output<typeof setup.TestClick>;
export type SetupCheck = z.output<typeof setup.SetupCheck>;
export type ClickEvent = z.output<typeof clicks.ClickEvent>;
export type ClickDetail = z.output<typeof clicks.ClickDetail>;
export type ClickQuery = QueryOf<typeof clicks.ClickQuery>;
export type LiveClick = z.output<typeof live.LiveClick>;
export type LiveMessage = z.output<typeof live.LiveMessage>;
export type LiveDelivery = Extract<LiveMessage, { type: "deliveries" }>["deliveries"][number];
export type Delivery = z.output<typeof deliveries.Delivery>;
export type DeliveryDetail = z.output<typeof deliveries.DeliveryDetail>;
export type DeliveryQuery = QueryOf<typeof deliveries.DeliveryQuery>;
export type DeliveryReasons = z.output<typeof deliveries.DeliveryReasons>;
export type DeliveryCounts = z.output<typeof deliveries.DeliveryCounts>;
export type RetriedMany = z.output<typeof deliveries.RetriedMany>;
export type NetworkHealth = z.output<typeof networks.NetworkHealth>;
export type HourlyLatency = z.output<typeof networks.HourlyLatency>;
export type Stats = z.output<typeof stats.Stats>;
export type StatsQuery = QueryOf<typeof stats.StatsQuery>;
export type Breakdown = z.output<typeof stats.Breakdown>;
export type BreakdownQuery = QueryOf<typeof stats.BreakdownQuery>;
export type Reconciliation = z.output<typeof reconciliation.Reconciliation>;
