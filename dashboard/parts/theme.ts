/** Dark or light: the system's, or what a person chose here. The choice is kept by this browser. */

import { computed, effect, signal } from "@preact/signals";

type Theme = "light" | "dark";

const KEY = "clickferry-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(system.matches);
system.addEventListener("change", ({ matches }) => {
  systemDark.value = matches;
});

const chosen = signal<Theme | null>(stored());

export const theme = computed<Theme>(() => chosen.value ?? (systemDark.value ? "dark" : "light"));

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

export function switchTheme(): void {
  chosen.value = theme.value === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEY, chosen.value);
  } catch {
    // With storage blocked the choice lasts as long as the page.
  }
}

function stored(): Theme | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : null;
  } catch {
    return null;
  }
}
