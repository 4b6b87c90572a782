/** Tells of clicks as they reach the database, for whoever tries the collector out. */

import { setTimeout as delay } from "node:timers/promises";
import type { AdminApi } from "./admin-api.ts";

/** A row of GET /api/admin/clicks, as far as it is printed. */
export interface WatchedClick {
  id: string;
  at: number;
  click_id: string;
  /** The id of the visitor's first click. */
  customer_id: string;
  link_code: string | null;
  is_bot: boolean;
  browser: string | null;
  os: string | null;
  country: string | null;
  page_url: string | null;
}

export interface Watch {
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 400;
/** What one look reads: the newest rows of the primary key, whatever the table's size. Under load it tells of a sample. */
const LOOK_CLICKS = 20;
const REMEMBERED_CLICKS = 1_000;

/**
 * Calls `onClick` for every click that is recorded from now on, oldest first. It looks at the newest clicks instead
 * of asking for those after a time, because clicks of different Intakes reach the database out of order.
 *
 * @returns when it has seen what was there before
 */
export async function watchClicks(
  api: Pick<AdminApi, "get">,
  onClick: (click: WatchedClick) => void,
): Promise<Watch> {
  const ending = new AbortController();
  const seen = new Set<string>();
  let failing = false;

  async function look(tell: (click: WatchedClick) => void): Promise<void> {
    try {
      const { data } = await api.get<{ data: WatchedClick[] }>(`/clicks?limit=${LOOK_CLICKS}`);
      for (const click of data.reverse()) if (!seen.has(click.id)) tell(click);
      for (const { id } of data) seen.add(id);
      // A Set keeps its order: the oldest go, long after they left the newest rows.
      for (const id of seen) if (seen.size > REMEMBERED_CLICKS) seen.delete(id);
      failing = false;
    } catch (error) {
      if (!failing && !ending.signal.aborted)
        console.error(`Clicks cannot be shown: ${(error as Error).message}`);
      failing = true;
    }
  }

  async function goOn(): Promise<void> {
    while (!ending.signal.aborted) {
      await delay(LOOK_EVERY_MS, undefined, { signal: ending.signal }).catch(() => undefined);
      await look(onClick);
    }
  }

  await look(() => undefined);
  const watching = goOn();
  return {
    close: () => {
      ending.abort();
      return watching;
    },
  };
}

/** @returns one line: when, through whom, who, from where; without the escapes a visitor may have written into it */
export function clickLine(click: WatchedClick): string {
  const visitor = click.is_bot
    ? "bot, not counted"
    : click.id === click.customer_id
      ? "new visitor"
      : "known visitor";
  const device = [click.browser, click.os].filter(Boolean).join(" on ");
  return [
    clockTime(click.at),
    "click",
    click.link_code,
    visitor,
    device,
    click.country,
    click.page_url,
    click.click_id,
  ]
    .filter(Boolean)
    .join("  ")
    .replace(/\p{Cc}/gu, "");
}

/** @returns "17:04:59", this machine's wall time */
export function clockTime(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}
