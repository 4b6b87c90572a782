import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "../../api/client.ts";
import { api } from "../../api/endpoints.ts";
import { Button } from "../../parts/button.tsx";
import { count } from "../../parts/format.ts";
import { networkName } from "../../parts/network-name.ts";
import { Panel } from "../../parts/panel.tsx";

export interface RetryOrder {
  asked: Omit<Parameters<typeof api.retryMany>[0], "cursor">;
  /** The period, and how many there are. */
  what: string;
}

interface Progress {
  retried: number;
  remaining: number;
  under: "way" | "done" | "stopped";
  error?: string;
}

/** Some thousands a call, until all have had one more try; it can be stopped between two calls. */
export function RetryPanel({ asked, what, onClose }: RetryOrder & { onClose: () => void }) {
  const [progress, setProgress] = useState<Progress>();
  const stop = useRef(false);
  const cursor = useRef<string | undefined>(undefined);
  const end = () => {
    stop.current = true;
  };
  useEffect(() => end, []);
  const run = async () => {
    stop.current = false;
    let retried = progress?.retried ?? 0;
    let remaining = progress?.remaining ?? 0;
    setProgress({ retried, remaining, under: "way" });
    try {
      do {
        const answer = await api.retryMany({ ...asked, cursor: cursor.current });
        retried += answer.retried;
        remaining = answer.remaining;
        cursor.current = answer.next_cursor ?? undefined;
        setProgress({ retried, remaining, under: "way" });
      } while (cursor.current && !stop.current);
      setProgress({ retried, remaining, under: cursor.current ? "stopped" : "done" });
    } catch (error) {
      setProgress({ retried, remaining, under: "stopped", error: (error as ApiError).message });
    }
  };
  const done = progress?.under === "done";
  const all = (progress?.retried ?? 0) + (progress?.remaining ?? 0);
  return (
    <Panel
      title={`Send ${asked.state === "dead" ? "dead" : "refused"} deliveries again`}
      place="middle"
      onClose={onClose}
    >
      {!progress && (
        <p>
          Clicks for {networkName(asked.network)}, {what}. Each gets one more try. Mend the cause first: what
          is refused again stays refused.
        </p>
      )}
      {progress && (
        <div class="progress" role="status">
          <progress
            value={done ? 1 : progress.retried}
            max={done ? 1 : all || 1}
            aria-label="Sent on its way again"
          />
          <p>
            {count(progress.retried)} {!done && `of ${count(all)} `}are on their way again.
          </p>
          {progress.error && <p class="error">{progress.error}</p>}
        </div>
      )}
      <div class="form-end">
        {progress?.under === "way" ? (
          <Button onClick={end}>Stop</Button>
        ) : (
          <Button onClick={onClose}>{progress ? "Close" : "Cancel"}</Button>
        )}
        {!done && (
          <Button kind="primary" busy={progress?.under === "way"} onClick={run}>
            {progress ? "Go on" : "Send all again"}
          </Button>
        )}
      </div>
    </Panel>
  );
}
