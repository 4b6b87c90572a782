/** What a file wants as a whole: no code twice, and no Everflow offer and affiliate twice. Pure. */

import { TAKEN } from "../links.ts";
import type { Draft } from "./draft.ts";
import { type Everflow, pairOf } from "./known.ts";

/** @returns what a draft makes of its link's Everflow settings; undefined where it leaves them, or takes them away. */
export function newEverflow(draft: Draft): Everflow | undefined {
  if (draft.action === "create") return draft.link.everflow ?? undefined;
  return draft.action === "update" ? (draft.change.everflow ?? undefined) : undefined;
}

/** @param taken pairs that links have now. One that another row gives up is free only when that is done. */
export function planOf(drafts: Draft[], taken: Map<string, number>): Draft[] {
  const lines = new Map<string, number>();
  const pairs = new Map<string, number>();
  return drafts.map((draft) => {
    // Of another program, where the same code may be the built-in link's.
    if (draft.action === "unchanged" && draft.errors) return draft;
    const { line, code } = draft;
    const first = code === "" ? undefined : lines.get(code);
    if (first !== undefined) return refused(draft, "code", `code stands in line ${first} already`);
    lines.set(code, line);
    const everflow = newEverflow(draft);
    if (!everflow) return draft;
    const pair = pairOf(everflow);
    const owner = taken.get(pair);
    if (owner !== undefined && !(draft.action === "update" && draft.before.id === owner)) {
      return refused(draft, "everflow_offer_id", TAKEN["referral_links.everflow_offer_id"].error);
    }
    const other = pairs.get(pair);
    if (other !== undefined) {
      return refused(
        draft,
        "everflow_offer_id",
        `everflow offer_id and affiliate_id are those of line ${other}`,
      );
    }
    pairs.set(pair, line);
    return draft;
  });
}

function refused(draft: Draft, field: string, error: string): Draft {
  const errors = draft.action === "error" ? draft.errors : [];
  return { line: draft.line, code: draft.code, action: "error", errors: [...errors, { field, error }] };
}
