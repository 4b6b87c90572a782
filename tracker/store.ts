/** The browser's two stores; where it forbids them (a throw, or null in some web views), the page's memory. */
import { attempt } from "./attempt.ts";

type Store = Record<string, string>;

const stored = (look: () => Storage): Store => (attempt(look) as unknown as Store) || {};

/** Outlives the visit: unanswered clicks. */
export let store = stored(() => localStorage);

/** It may be full: then the page's memory takes its place. */
export function keep(id: string, text: string): void {
  const key = `affitor_${id}`;
  if (!attempt(() => (store[key] = text))) store = { [key]: text };
}

/** In {@link tabStore}: "SESSION&LANDING&LANDING…" of the visit. A cookie of this name is a passing probe. */
export const VISIT = "affitor_visit";

/** Lives as long as the tab, through reloads too. */
export const tabStore = stored(() => sessionStorage);
