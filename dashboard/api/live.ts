/** The stream of clicks as they are recorded, over a WebSocket that is opened again whenever it breaks. */

import { address } from "./client.ts";
import { api } from "./endpoints.ts";
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

/** How far a stream was followed. */
export interface LivePlace {
  after?: string | undefined;
}

/**
 * @param place moves on with the stream; what was missed while it was broken, or since it was at `place`, comes first.
 * @returns ends it.
 */
export function followLive(
  scope: LiveScope,
  place: LivePlace,
  { onClicks, onDeliveries, onState }: LiveEvents,
): () => void {
  let socket: WebSocket | undefined;
  let retryMs = FIRST_RETRY_MS;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let answered = true;
  let ended = false;

  const open = () => {
    onState("connecting");
    answered = true;
    let greeted = false;
    const url = new URL(address("/live", { ...scope, ...place }), location.href);
    url.protocol = url.protocol.replace("http", "ws");
    socket = new WebSocket(url);
    socket.onmessage = ({ data }) => {
      answered = true;
      if (data === "pong") return;
      const message = JSON.parse(data) as LiveMessage;
      switch (message.type) {
        case "hello":
          greeted = true;
          // Should it break before the first click: ids begin with the second that they are of.
          place.after ??= Math.floor(message.now / 1000)
            .toString(16)
            .padEnd(32, "0");
          retryMs = FIRST_RETRY_MS;
          onState("open");
          break;
        case "clicks":
          // Newest last, as they were recorded: ids are in the order of arrival.
          place.after = message.clicks.at(-1)?.id ?? place.after;
          onClicks(message.clicks, message.skipped);
          break;
        case "deliveries":
          onDeliveries(message.deliveries);
      }
    };
    socket.onclose = ({ code }) => lost(code, greeted);
  };

  const lost = (code: number | undefined, greeted: boolean) => {
    if (ended) return;
    if (code === SESSION_ENDED) return signedOut();
    if (code === CONNECT_AGAIN) return open();
    onState("broken");
    if (!greeted) leaveUnlessSignedIn();
    retry = setTimeout(open, retryMs * (0.5 + Math.random() / 2));
    retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
  };

  const pings = setInterval(() => {
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (!answered) {
      // Nobody is there to close it with, and the browser would wait for that.
      socket.onmessage = socket.onclose = null;
      socket.close();
      return lost(undefined, true);
    }
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

/** A browser does not tell why a socket was refused; whoever has no session any more would try for ever. */
function leaveUnlessSignedIn(): void {
  api.session().catch(() => undefined);
}
