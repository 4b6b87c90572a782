/** The endpoints of the management API that the dashboard calls, by their path. */

import { call } from "./client.ts";
import type { Session } from "./session.ts";
import type * as T from "./types.ts";

type Signal = AbortSignal | undefined;
type Destination = { program_id: number; network: string };
type Period = { from?: number | undefined; to?: number | undefined };

export const api = {
  session: () => call<Session>("GET", "/session"),
  signIn: (token: string) => call<Session>("POST", "/session", { body: { token } }),
  signOut: () => call<void>("DELETE", "/session"),

  links: (query: T.LinkQuery, signal?: Signal) =>
    call<T.List<T.ListedLink>>("GET", "/links", { query, signal }),
  linkTotals: (query: T.LinkTotalsQuery, signal?: Signal) =>
    call<T.LinkTotals>("GET", "/links/totals", { query, signal }),
  sparklines: (query: T.SparklineQuery, signal?: Signal) =>
    call<T.Sparklines>("GET", "/links/sparklines", { query, signal }),
  importLinks: (program_id: number, csv: string, dry_run: boolean) =>
    call<T.LinkImport>("POST", "/links/import", {
      query: { program_id, dry_run: dry_run ? 1 : 0 },
      body: csv,
      type: "text/csv",
    }),
  link: (id: number, signal?: Signal) => call<T.Link>("GET", `/links/${id}`, { signal }),
  createLink: (body: T.NewLink) => call<T.Link>("POST", "/links", { body }),
  changeLink: (id: number, body: T.LinkChange) => call<T.Link>("PATCH", `/links/${id}`, { body }),
  everflowLink: (id: number) => call<{ url: string }>("POST", `/links/${id}/everflow-link`),

  programs: (signal?: Signal) =>
    call<T.List<T.Program>>("GET", "/programs", { query: { limit: 1000 }, signal }),
  program: (id: number, signal?: Signal) => call<T.Program>("GET", `/programs/${id}`, { signal }),
  createProgram: (body: T.NewProgram) => call<T.Program>("POST", "/programs", { body }),
  changeProgram: (id: number, body: T.ProgramChange) => call<T.Program>("PATCH", `/programs/${id}`, { body }),
  testClick: (id: number, network: string) =>
    call<T.TestClick>("POST", `/programs/${id}/test-click`, { body: { network } }),
  snippet: (id: number, signal?: Signal) => call<T.Snippet>("GET", `/programs/${id}/snippet`, { signal }),
  setupCheck: (id: number, since: number, signal?: Signal) =>
    call<T.SetupCheck>("GET", `/programs/${id}/setup-check`, { query: { since }, signal }),

  partners: (query: { q?: string; limit?: number; cursor?: string }, signal?: Signal) =>
    call<T.List<T.Partner>>("GET", "/partners", { query, signal }),
  createPartner: (name: string) => call<T.PartnerWithKey>("POST", "/partners", { body: { name } }),
  changePartner: (id: number, name: string) =>
    call<T.Partner>("PATCH", `/partners/${id}`, { body: { name } }),
  rotateKey: (id: number) => call<T.PartnerWithKey>("POST", `/partners/${id}/rotate-key`),

  stats: (query: T.StatsQuery, signal?: Signal) => call<T.Stats>("GET", "/stats", { query, signal }),
  breakdown: (query: T.BreakdownQuery, signal?: Signal) =>
    call<T.Breakdown>("GET", "/breakdown", { query, signal }),

  clicks: (query: T.ClickQuery, signal?: Signal) =>
    call<T.List<T.ClickEvent>>("GET", "/clicks", { query, signal }),
  click: (id: string, signal?: Signal) => call<T.ClickDetail>("GET", `/clicks/${id}`, { signal }),

  deliveries: (query: T.DeliveryQuery, signal?: Signal) =>
    call<T.List<T.Delivery>>("GET", "/deliveries", { query, signal }),
  delivery: (id: string, signal?: Signal) => call<T.DeliveryDetail>("GET", `/deliveries/${id}`, { signal }),
  retry: (id: string) => call<T.DeliveryDetail>("POST", `/deliveries/${id}/retry`),
  retryMany: (body: Destination & Period & { state: string; cursor?: string | undefined }) =>
    call<T.RetriedMany>("POST", "/deliveries/retry", { body }),
  networks: (query: { program_id?: number | string | undefined }, signal?: Signal) =>
    call<T.List<T.NetworkHealth>>("GET", "/networks", { query, signal }),
  latency: (query: Destination & { hours: number }, signal?: Signal) =>
    call<{ data: T.HourlyLatency[] }>("GET", "/networks/latency", { query, signal }),
  reasons: (query: Destination & Period & { state: string }, signal?: Signal) =>
    call<T.DeliveryReasons>("GET", "/deliveries/reasons", { query, signal }),
  deliveryCounts: (query: Destination & Period, signal?: Signal) =>
    call<T.DeliveryCounts>("GET", "/deliveries/counts", { query, signal }),

  reconciliation: (query: { program_id: number } & Period, signal?: Signal) =>
    call<T.Reconciliation>("GET", "/reconciliation", { query, signal }),
  reconcile: (body: { program_id: number; from: number; to: number }) =>
    call<T.Reconciliation>("POST", "/reconciliation", { body }),
};
