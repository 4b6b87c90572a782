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
export type ClickEvent = z.output<typeof clicks.ClickEvent>;
export type ClickDetail = z.output<typeof clicks.ClickDetail>;
export type ClickQuery = QueryOf<typeof clicks.ClickQuery>;
export type Delivery = z.output<typeof deliveries.Delivery>;
export type DeliveryDetail = z.output<typeof deliveries.DeliveryDetail>;
export type DeliveryQuery = QueryOf<typeof deliveries.DeliveryQuery>;
export type RetriedMany = z.output<typeof deliveries.RetriedMany>;
export type NetworkHealth = z.output<typeof networks.NetworkHealth>;
export type Stats = z.output<typeof stats.Stats>;
export type StatsQuery = QueryOf<typeof stats.StatsQuery>;
export type Breakdown = z.output<typeof stats.Breakdown>;
export type BreakdownQuery = QueryOf<typeof stats.BreakdownQuery>;
export type Reconciliation = z.output<typeof reconciliation.Reconciliation>;
export type ReconciliationRun = z.output<typeof reconciliation.ReconciliationRun>;
