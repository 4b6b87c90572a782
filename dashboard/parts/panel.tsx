import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "./button.tsx";

interface PanelProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** At the right edge, or in the middle. */
  place?: "edge" | "middle";
}

/** A modal dialog: the browser keeps the focus in it, closes it by Escape and gives the focus back. */
export function Panel({ title, onClose, children, place = "edge" }: PanelProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class={`panel ${place}`} aria-labelledby={id} onClose={onClose}>
      <header>
        <h2 id={id}>{title}</h2>
        <Button kind="quiet" icon="cross" label="Close" onClick={() => dialog.current?.close()} />
      </header>
      <div class="panel-body">{children}</div>
    </dialog>
  );
}
