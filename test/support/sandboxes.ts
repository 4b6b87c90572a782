/** The sandbox networks, seen from inside workerd: told to fail and asked what they received, over HTTP. */
import { env } from "cloudflare:test";

interface Settings {
  everflow: string;
  avantlink: string;
  program: { everflow: Record<string, unknown>; avantlink: Record<string, unknown> };
  link: Record<string, unknown>;
}

export const sandboxes = JSON.parse(env.SANDBOXES!) as Settings;
export type SandboxName = "everflow" | "avantlink";

export interface Received {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  click_id?: string;
  outcome: string;
}

/** Replaces what the sandbox was told before; none: all is well. */
export async function tell(name: SandboxName, failure: object = { mode: "none" }): Promise<void> {
  const answer = await fetch(`${sandboxes[name]}/_sandbox/fail`, {
    method: "POST",
    body: JSON.stringify(failure),
  });
  if (!answer.ok) throw new Error(await answer.text());
  await answer.body?.cancel();
}

/** What the sandbox received that names this click. */
export async function received(name: SandboxName, clickId: string): Promise<Received[]> {
  const answer = await fetch(`${sandboxes[name]}/_sandbox/received`);
  const { received: all } = (await answer.json()) as { received: Received[] };
  return all.filter((each) => each.click_id === clickId);
}
