import type { ComponentChildren } from "preact";

export type Tone = "good" | "bad" | "wait" | "soft" | "plain";

export function Badge({
  tone = "plain",
  children,
  title,
}: {
  tone?: Tone;
  children: ComponentChildren;
  title?: string;
}) {
  return (
    <span class={`badge ${tone}`} title={title}>
      {children}
    </span>
  );
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

/** A state as the API names it, in its colour and in words. */
export function StateBadge({ state, title }: { state: string; title?: string }) {
  return (
    <Badge tone={TONES[state] ?? "plain"} {...(title !== undefined && { title })}>
      {state.replaceAll("_", " ")}
    </Badge>
  );
}
