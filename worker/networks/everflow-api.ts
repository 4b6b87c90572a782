/** Everflow's API as its client: generate a tracking link (seed 001), read raw clicks (seed 002). Pure. */

import type { OutboundRequest } from "./network.ts";
import { readObject } from "./read-object.ts";

export const EVERFLOW_API = "https://api.eflow.team";
/** What one answer of the click report has at most (seed 002). */
export const REPORT_ROWS = 5_000;
/** What one request may span at most (seed 002). */
export const REPORT_SECONDS = 14 * 86_400;
/** Raw clicks are kept for three months, and older ones are in no answer (seed 002). */
export const REPORT_DAYS = 90;
/** Everflow's id of UTC. */
const UTC_ID = 67;

/** Where a program's API is and how it is opened. */
export interface ApiAccess {
  /** An origin. */
  api_base: string;
  key: string;
}

/** Unix seconds, both inclusive, as Everflow's periods are. */
export interface Seconds {
  from: number;
  to: number;
}

/** A row of the click report, as far as it is compared. */
export interface EverflowClick {
  transaction_id: string;
  /** Unix seconds. */
  unix_timestamp: number;
  error_code: number;
  /** 0 where the row names none. */
  offer_id: number;
  /** The row as it came: the click id is in whichever field the program has it in. */
  row: Readonly<Record<string, unknown>>;
}

/** Fields of a report's row that a tracking parameter comes back in, and the filter's name for each. */
const REPORTED_PARAMS: Readonly<Record<string, string>> = {
  sub1: "s1",
  sub2: "s2",
  sub3: "s3",
  sub4: "s4",
  sub5: "s5",
  source_id: "source_id",
};

/** @returns the filter's resource_type of a tracking parameter; undefined for one that the report does not show. */
export function reportedAs(param: string): string | undefined {
  return REPORTED_PARAMS[param];
}

/** @param filters of one resource_type: rows that have any of these values. */
export function clicksRequest(
  access: ApiAccess,
  { from, to }: Seconds,
  filters: { resource_type: string; values: string[] } = { resource_type: "", values: [] },
): OutboundRequest {
  const { resource_type, values } = filters;
  return post(access, "/v1/affiliates/reporting/clicks/stream", {
    from: wall(from),
    to: wall(to),
    timezone_id: UTC_ID,
    query: { filters: values.map((filter_id_value) => ({ filter_id_value, resource_type })) },
  });
}

/**
 * @returns undefined for an answer that is no report. A row that cannot be read is left out of `clicks`, but counts in
 * `rows`: an answer that is full of such has more behind it all the same.
 */
export function readClicks(body: string): { clicks: EverflowClick[]; rows: number } | undefined {
  const { clicks } = readObject(body) ?? {};
  if (!Array.isArray(clicks)) return undefined;
  return { clicks: clicks.flatMap((row) => readClick(row) ?? []), rows: clicks.length };
}

function readClick(row: unknown): EverflowClick | undefined {
  if (!isObject(row)) return undefined;
  const { transaction_id, unix_timestamp, error_code, relationship } = row;
  const offer = isObject(relationship) && isObject(relationship.offer) ? relationship.offer : {};
  const offer_id = offer.network_offer_id ?? 0;
  if (typeof transaction_id !== "string" || typeof unix_timestamp !== "number") return undefined;
  if (typeof error_code !== "number" || typeof offer_id !== "number") return undefined;
  return { transaction_id, unix_timestamp, error_code, offer_id, row };
}

const CLICK_ID = /^cust_([0-9a-f]{32})_\d{10,15}$/;

/** @returns the id of our event that a row tells of; undefined for a click that did not come through us. */
export function eventIdOf({ row }: EverflowClick, click_id_param: string): string | undefined {
  const value = row[click_id_param];
  return typeof value === "string" ? CLICK_ID.exec(value)?.[1] : undefined;
}

/** What a link's tracking URL is asked for with: seed 001's names. */
export interface LinkWanted {
  network_offer_id: number;
  network_affiliate_id: number;
  network_offer_url_id?: number | undefined;
  creative_id?: number | undefined;
  source_id?: string | undefined;
  sub1?: string | undefined;
  sub2?: string | undefined;
  sub3?: string | undefined;
  sub4?: string | undefined;
  sub5?: string | undefined;
}

export function linkRequest(access: ApiAccess, wanted: LinkWanted): OutboundRequest {
  return post(access, "/v1/networks/tracking/offers/clicks", wanted);
}

/** @returns the tracking URL; undefined for an answer that has none. */
export function readLink(body: string): string | undefined {
  const { url } = readObject(body) ?? {};
  if (typeof url !== "string" || url.length > 4_096) return undefined;
  return /^https?:$/.test(URL.parse(url)?.protocol ?? "") ? url : undefined;
}

function post({ api_base, key }: ApiAccess, path: string, body: unknown): OutboundRequest {
  return {
    method: "POST",
    url: new URL(path, api_base).href,
    headers: { "Content-Type": "application/json", "X-Eflow-API-Key": key },
    body: JSON.stringify(body),
  };
}

/** `YYYY-mm-DD HH:MM:SS` in UTC. */
function wall(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
