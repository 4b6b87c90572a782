import type { z } from "zod";
import type { CsvColumns } from "./csv.ts";
import { isoTime } from "./csv.ts";
import { ClickEvent } from "./schemas/click.ts";
import { raw } from "./sql.ts";

export type ClickAnswer = z.output<typeof ClickEvent>;
type Flag = "is_unique" | "is_bot" | "gpc";
export type ClickRow = Omit<ClickAnswer, Flag | "click_id" | "params"> &
  Record<Flag, number> & { customer_created_at: number | null; params: string | null };

const JOINED = ["click_id", "link_code"];
const STORED = Object.keys(ClickEvent.shape).filter((name) => !JOINED.includes(name));

/** Whole events with what their answer needs of other tables; `e` is the event. */
export const SELECT_CLICKS = raw(`SELECT ${STORED.map((name) => `e.${name}`).join(", ")}, l.code AS link_code,
    c.created_at AS customer_created_at
  FROM affiliate_click_events e
  LEFT JOIN customers c ON c.id = e.customer_id
  LEFT JOIN referral_links l ON l.id = e.link_id`);

export function clickAnswer({ customer_created_at, ...row }: ClickRow): ClickAnswer {
  return {
    ...row,
    // A customer begins with a click of the same id, so without its row the first click's time is the best there is.
    click_id: `cust_${row.customer_id}_${customer_created_at ?? row.at}`,
    is_unique: row.is_unique === 1,
    is_bot: row.is_bot === 1,
    gpc: row.gpc === 1,
    params: row.params === null ? null : JSON.parse(row.params),
  };
}

const TIMES: readonly string[] = ["at", "kept_at", "recorded_at"];

/** Every field of the answer, in its order. */
export const CLICK_CSV: CsvColumns<ClickAnswer> = Object.fromEntries(
  (Object.keys(ClickEvent.shape) as (keyof ClickAnswer)[]).map((name) => [
    name,
    (click: ClickAnswer) => (TIMES.includes(name) ? isoTime(click[name] as number | null) : click[name]),
  ]),
);
