import { useEffect, useState } from "preact/hooks";
import { Button } from "./button.tsx";
import { notice } from "./notice.tsx";

const SHOWN_MS = 2_000;

/** @param label what is copied: "Copy link". */
export function Copy({ text, label, words }: { text: string; label: string; words?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => notice(`The browser does not let this page copy. It is: ${text}`, "fault"),
    );
  return (
    <Button
      kind={words ? "plain" : "quiet"}
      icon={copied ? "check" : "copy"}
      label={copied ? "Copied" : label}
      onClick={copy}
    >
      {words}
    </Button>
  );
}
