import type { ComponentChildren } from "preact";
import { stateName } from "./state-name.ts";

export type Tone = "good" | "bad" | "wait" | "soft" | "plain";

export function Badge({ tone = "plain", children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

const TONES: Record<string, Tone> = {
  active: "good",
  delivered: "good",
  closed: "good",
  ok: "good",
  pending: "wait",
  waiting: "wait",
  half_open: "wait",
  rejected: "bad",
  dead: "bad",
  open: "bad",
  problem: "bad",
  inactive: "soft",
  withheld: "soft",
};

/** A state as the API names it, in its colour and in words: its own, or others. */
export function StateBadge({ state, words }: { state: string; words?: string }) {
  return <Badge tone={TONES[state] ?? "plain"}>{words ?? stateName(state)}</Badge>;
}
