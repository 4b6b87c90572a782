/** Short words about what has just happened, at the edge of the window; spoken by screen readers. */

import { signal } from "@preact/signals";
import { Button } from "./button.tsx";

interface Note {
  id: number;
  words: string;
  kind: "done" | "fault";
}

const SHOWN_MS = 6_000;
const notes = signal<Note[]>([]);
let last = 0;

/** A fault stays until it is closed. */
export function notice(words: string, kind: Note["kind"] = "done"): void {
  const id = ++last;
  notes.value = [...notes.value, { id, words, kind }];
  if (kind === "done") setTimeout(() => close(id), SHOWN_MS);
}

/** Runs what a person asked for, and says what came of it. @returns undefined when it failed. */
export async function attempt<T>(action: () => Promise<T>, done?: string): Promise<T | undefined> {
  try {
    const result = await action();
    if (done) notice(done);
    return result;
  } catch (error) {
    notice((error as Error).message, "fault");
    return undefined;
  }
}

function close(id: number): void {
  notes.value = notes.value.filter((note) => note.id !== id);
}

export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notes.value.map(({ id, words, kind }) => (
        <div key={id} class={`notice ${kind}`}>
          <span>{words}</span>
          <Button kind="quiet" icon="cross" label="Close" onClick={() => close(id)} />
        </div>
      ))}
    </div>
  );
}
