/** What stands where data should be: nothing yet, nothing at all, or a fault. Each says what to do. */

import type { ComponentChildren } from "preact";
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

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <div class="empty-text">{children}</div>}
    </div>
  );
}

export function Failure({ error, retry }: { error: ApiError; retry?: () => void }) {
  return (
    <div class="failure" role="alert">
      <p>{error.message}</p>
      {retry && (
        <Button icon="retry" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Data once it is there; before, bones; when it cannot be had, why. Older data stays, dimmed, while newer loads. */
export function Loaded<T>(props: {
  of: Resource<T>;
  rows?: number;
  children: (data: T) => ComponentChildren;
}) {
  const { of, rows, children } = props;
  if (of.error) return <Failure error={of.error} retry={of.reload} />;
  if (of.data === undefined) return <Loading {...(rows !== undefined && { rows })} />;
  return (
    <div class={of.loading ? "stale" : undefined} aria-busy={of.loading}>
      {children(of.data)}
    </div>
  );
}
