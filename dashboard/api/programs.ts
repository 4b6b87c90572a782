/** The programs, loaded once: every view of a manager names them, and they seldom change. A partner sees none. */

import { effect, signal } from "@preact/signals";
import { api } from "./endpoints.ts";
import { session } from "./session.ts";
import type { Program } from "./types.ts";

export const programs = signal<Program[]>([]);

/** Also after a change of one. */
export async function loadPrograms(): Promise<void> {
  // Whoever cannot load them sees numbers in place of names; the view that needs them says why.
  programs.value = await api.programs().then(
    ({ data }) => data,
    () => [],
  );
}

export function programName(id: number): string {
  return programs.value.find((program) => program.id === id)?.name ?? `Program ${id}`;
}

effect(() => {
  if (session.value?.role === "admin") void loadPrograms();
  // Who signs in next may not know them.
  else programs.value = [];
});
