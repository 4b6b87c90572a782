/** The stream of clicks as they are recorded, over a WebSocket that is opened again whenever it breaks. */

import { address } from "./client.ts";
import { signedOut } from "./session.ts";
import type { LiveClick, LiveDelivery, LiveMessage } from "./types.ts";

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 15_000;
/** A connection that is gone without a word is noticed by a ping that nobody answers. */
const PING_MS = 20_000;
/** Codes of the closing frame: worker/reports/live/live.ts. */
const SESSION_ENDED = 4401;
const CONNECT_AGAIN = 4000;

export interface LiveEvents {
  onClicks(clicks: LiveClick[], skipped: number): void;
  onDeliveries(deliveries: LiveDelivery[]): void;
  onState(state: "connecting" | "open" | "broken"): void;
}

export interface LiveScope {
  program_id?: string | undefined;
  link_id?: number | undefined;
}

/** @returns ends it. What was missed while it was broken comes with the next connection. */
export function followLive(scope: LiveScope, { onClicks, onDeliveries, onState }: LiveEvents): () => void {
  let socket: WebSocket | undefined;
  let after: string | undefined;
  let retryMs = FIRST_RETRY_MS;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let answered = true;
  let ended = false;

  const open = () => {
    onState("connecting");
    answered = true;
    const url = new URL(address("/live", { ...scope, after }), location.href);
    url.protocol = url.protocol.replace("http", "ws");
    socket = new WebSocket(url);
    socket.onmessage = ({ data }) => {
      answered = true;
      if (data === "pong") return;
      const message = JSON.parse(data) as LiveMessage;
      switch (message.type) {
        case "hello":
          retryMs = FIRST_RETRY_MS;
          onState("open");
          break;
        case "clicks":
          // Newest last, as they were recorded: ids are in the order of arrival.
          after = message.clicks.at(-1)?.id ?? after;
          onClicks(message.clicks, message.skipped);
          break;
        case "deliveries":
          onDeliveries(message.deliveries);
      }
    };
    socket.onclose = ({ code }) => {
      if (ended) return;
      if (code === SESSION_ENDED) return signedOut();
      if (code === CONNECT_AGAIN) return open();
      onState("broken");
      retry = setTimeout(open, retryMs * (0.5 + Math.random() / 2));
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
    };
  };

  const pings = setInterval(() => {
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (!answered) return socket.close();
    answered = false;
    socket.send("ping");
  }, PING_MS);
  const online = () => {
    if (socket?.readyState !== WebSocket.CLOSED) return;
    clearTimeout(retry);
    open();
  };
  addEventListener("online", online);
  open();
  return () => {
    ended = true;
    clearTimeout(retry);
    clearInterval(pings);
    removeEventListener("online", online);
    socket?.close();
  };
}
