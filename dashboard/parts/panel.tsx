import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "./button.tsx";
import { Notices, panels } from "./notice.tsx";

const FIRST_FIELD = ".form :is(input, select):not(:disabled)";

interface PanelProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** At the right edge, or in the middle. */
  place?: "edge" | "middle";
}

/** A modal dialog: the browser keeps the focus in it, closes it by Escape and gives the focus back. One at a time. */
export function Panel({ title, onClose, children, place = "edge" }: PanelProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const gone = useRef(false);
  useEffect(() => {
    const element = dialog.current!;
    element.showModal();
    element.querySelector<HTMLElement>(FIRST_FIELD)?.focus();
    panels.value++;
    return () => {
      panels.value--;
      // The focus is given back by closing alone; its event, which comes later, would close what was opened since.
      gone.current = true;
      element.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`panel at-${place}`}
      aria-labelledby={id}
      onClose={() => gone.current || onClose()}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <Button kind="quiet" icon="cross" label="Close" onClick={() => dialog.current?.close()} />
      </header>
      <div class="panel-body">{children}</div>
      <Notices inPanel />
    </dialog>
  );
}
