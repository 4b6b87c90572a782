/** Takes over the click id that another domain of the merchant put into this page's address. */
import { keepClick, knownClickId } from "./cookie.ts";
import { ADOPTED, type Line, NOT_ADOPTED } from "./log.ts";

/** Where it arrives no answer tells the window; this is a program's default. */
const WINDOW_DAYS = 60;

/** @returns the unix ms in an id; 0 without one. */
const madeAt = (id: string | undefined): number => Number(id?.split("_")[2]) || 0;

/** @returns what was decided; undefined where there is no id to take. An own click that is newer stays. */
export function adopt(hrefs: string[]): Line | undefined {
  const id = hrefs.map((href) => /[?&]affitor_click_id=(cust_\w+)/.exec(href)?.[1]).find(Boolean);
  if (!id) return undefined;
  if (madeAt(id) <= madeAt(knownClickId())) return [NOT_ADOPTED, id];
  keepClick({ success: true, click_id: id, cookie_window_days: WINDOW_DAYS });
  return [ADOPTED, id];
}
