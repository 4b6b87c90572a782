/** The endpoints of the management API that the dashboard calls, by their path. */

import { call } from "./client.ts";
import type { Session } from "./session.ts";
import type * as T from "./types.ts";

type Signal = AbortSignal | undefined;

export const api = {
  session: () => call<Session>("GET", "/session"),
  signIn: (token: string) => call<Session>("POST", "/session", { body: { token } }),
  signOut: () => call<void>("DELETE", "/session"),

  links: (query: T.LinkQuery, signal?: Signal) => call<T.List<T.Link>>("GET", "/links", { query, signal }),
  link: (id: number, signal?: Signal) => call<T.Link>("GET", `/links/${id}`, { signal }),
  createLink: (body: T.NewLink) => call<T.Link>("POST", "/links", { body }),
  changeLink: (id: number, body: T.LinkChange) => call<T.Link>("PATCH", `/links/${id}`, { body }),
  everflowLink: (id: number) => call<{ url: string }>("POST", `/links/${id}/everflow-link`),

  programs: (signal?: Signal) =>
    call<T.List<T.Program>>("GET", "/programs", { query: { limit: 1000 }, signal }),
  program: (id: number, signal?: Signal) => call<T.Program>("GET", `/programs/${id}`, { signal }),
  createProgram: (body: T.NewProgram) => call<T.Program>("POST", "/programs", { body }),
  changeProgram: (id: number, body: T.ProgramChange) => call<T.Program>("PATCH", `/programs/${id}`, { body }),

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
  retryMany: (body: { program_id?: number; network: string; state: string; cursor?: string }) =>
    call<T.RetriedMany>("POST", "/deliveries/retry", { body }),
  networks: (query: { program_id?: number | undefined }, signal?: Signal) =>
    call<T.List<T.NetworkHealth>>("GET", "/networks", { query, signal }),

  reconciliation: (query: { program_id: number; from?: number; to?: number }, signal?: Signal) =>
    call<T.Reconciliation>("GET", "/reconciliation", { query, signal }),
  reconcile: (body: { program_id: number; from: number; to: number }) =>
    call<T.ReconciliationRun>("POST", "/reconciliation", { body }),
};
