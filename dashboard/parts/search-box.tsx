import { useEffect, useState } from "preact/hooks";
import { query, setQuery } from "../address/route.ts";
import { Icon } from "./icon.tsx";

/** From the last key to the search. */
const PAUSE_MS = 250;

/** Searches while one types; the address keeps what for, as ?q=. */
export function SearchBox({ label }: { label: string }) {
  const asked = query.value.get("q") ?? "";
  const [text, setText] = useState(asked);
  useEffect(() => setText(asked), [asked]);
  useEffect(() => {
    if (text === asked) return;
    const timer = setTimeout(() => setQuery({ q: text, cursor: null }, "replace"), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, asked]);
  return (
    <div class="search">
      <Icon name="search" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        maxLength={200}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </div>
  );
}
