import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./client.ts";

export interface Resource<T> {
  /** The latest that came; it stays while the next is loading, and when that fails. */
  data: T | undefined;
  error: ApiError | undefined;
  loading: boolean;
  reload(): void;
}

const turns = signal(0);

/** Everything that is on the page is loaded again; what is there stays until then. */
export function reloadAll(): void {
  turns.value++;
}

/**
 * Loads something again whenever `key` changes; an answer that was overtaken is dropped.
 *
 * @param key what the loading depends on; undefined: nothing is loaded.
 */
export function useResource<T>(
  key: string | undefined,
  load: (signal: AbortSignal) => Promise<T>,
): Resource<T> {
  const [state, setState] = useState<{ data?: T; error?: ApiError; loading: boolean }>({ loading: true });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  // The key and the turn say when to load, not with what.
  useEffect(() => {
    if (key === undefined) return;
    const aborter = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    latest.current(aborter.signal).then(
      (data) => !aborter.signal.aborted && setState({ data, loading: false }),
      (error: unknown) => {
        if (aborter.signal.aborted) return;
        const known = error instanceof ApiError ? error : new ApiError(String(error), 0);
        setState(({ data }) => ({ ...(data !== undefined && { data }), error: known, loading: false }));
      },
    );
    return () => aborter.abort();
  }, [key, turn, turns.value]);
  return {
    data: state.data,
    error: state.error,
    loading: state.loading,
    reload: () => setTurn((before) => before + 1),
  };
}
