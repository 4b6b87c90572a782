/** What stands where data should be: nothing yet, nothing at all, or a fault. Each says what to do. */

import type { ComponentChildren } from "preact";
import { setQuery } from "../address/route.ts";
import type { ApiError } from "../api/client.ts";
import type { Resource } from "../api/resource.ts";
import { Button } from "./button.tsx";

export function Loading({ rows = 5, label = "Loading" }: { rows?: number; label?: string }) {
  return (
    <div class="loading" role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} class="bone" />
      ))}
    </div>
  );
}

/** @param page it is all that the page has to say: its heading. */
export function Empty(props: { title: string; page?: boolean; children?: ComponentChildren }) {
  const { title, page, children } = props;
  const Title = page ? "h1" : "p";
  return (
    <div class="empty">
      <Title class="empty-title">{title}</Title>
      {children && <div class="empty-text">{children}</div>}
    </div>
  );
}

/** What was refused for the page that the address names would be refused again: the first one can be had. */
export function Failure({ error, retry }: { error: ApiError; retry?: () => void }) {
  return (
    <div class="failure" role="alert">
      <p>{error.message}</p>
      {error.field === "cursor" ? (
        <Button onClick={() => setQuery({ cursor: null })}>First page</Button>
      ) : (
        retry && (
          <Button icon="retry" onClick={retry}>
            Try again
          </Button>
        )
      )}
    </div>
  );
}

/** Data once it is there; before, bones; when it cannot be had, why. Older data stays, dimmed, while newer loads or cannot. */
export function Loaded<T>(props: {
  of: Resource<T>;
  rows?: number;
  children: (data: T) => ComponentChildren;
}) {
  const { of, rows, children } = props;
  const { data, error, loading, reload } = of;
  return (
    <>
      {error && <Failure error={error} retry={reload} />}
      {data !== undefined ? (
        <div class={loading || error ? "stale" : undefined} aria-busy={loading}>
          {children(data)}
        </div>
      ) : (
        !error && <Loading {...(rows !== undefined && { rows })} />
      )}
    </>
  );
}
