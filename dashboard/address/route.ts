/** The address bar is where the dashboard keeps what is looked at: path and query, as signals. The only writer of history. */

import { computed, signal } from "@preact/signals";

const BASE = "/dashboard";

const href = signal(location.href);
const url = computed(() => new URL(href.value));

/** Below {@link BASE}, with a slash in front and none at the end but for the root: "/links/7". */
export const path = computed(() => url.value.pathname.slice(BASE.length).replace(/\/+$/, "") || "/");
export const query = computed(() => {
  const { searchParams } = url.value;
  // The API would refuse it, in every view anew; the menu of programs shows nothing of it.
  if (!/^[1-9]\d{0,14}$/.test(searchParams.get("program")!)) searchParams.delete("program");
  return searchParams;
});

export type Params = Record<string, string | number | boolean | null | undefined>;

/** Starts to follow the address: back and forward, and links inside the dashboard, which then load nothing. */
export function followAddress(): void {
  addEventListener("popstate", () => {
    href.value = location.href;
  });
  document.addEventListener("click", (event) => {
    if (
      event.defaultPrevented ||
      event.button ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    ) {
      return;
    }
    const link = (event.target as Element).closest?.("a");
    if (!link || link.target || link.download || link.hash || link.origin !== location.origin) return;
    if (link.pathname !== BASE && !link.pathname.startsWith(`${BASE}/`)) return;
    event.preventDefault();
    go(link.href);
  });
}

/** @param to a path below {@link BASE} with its query ("/links/7?range=7d"), or a whole address. */
export function go(to: string, how: "push" | "replace" = "push"): void {
  const target = to.startsWith("/") ? BASE + to : to;
  history[how === "push" ? "pushState" : "replaceState"](null, "", target);
  const elsewhere = new URL(location.href).pathname !== new URL(href.value).pathname;
  href.value = location.href;
  if (elsewhere) scrollTo(0, 0);
}

/** Changes some parameters of the address and keeps the others; null, undefined and "" take one away. */
export function setQuery(changes: Params, how: "push" | "replace" = "push"): void {
  const next = new URLSearchParams(query.value);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") next.delete(name);
    else next.set(name, String(value));
  }
  go(`${path.value}${next.size > 0 ? `?${next}` : ""}`, how);
}

/** What goes along from view to view: the period and its zone. */
const KEPT = ["range", "from", "to", "tz", "compare", "program"];

/** @returns the address of another view, with the period that is looked at. */
export function linkTo(to: string, params: Params = {}): string {
  const next = new URLSearchParams();
  for (const name of KEPT) {
    const value = query.value.get(name);
    if (value !== null) next.set(name, value);
  }
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") next.set(name, String(value));
  }
  return `${BASE}${to}${next.size > 0 ? `?${next}` : ""}`;
}
