/** The live stream end to end: real sockets, real alarms, a sandbox network. */

import { expect, onTestFinished, test } from "vitest";
import type { z } from "zod";
import type { Sent } from "../../worker/reports/schemas/delivery.ts";
import type { LiveMessage } from "../../worker/reports/schemas/live.ts";
import { sendClick } from "../support/node/click-load.ts";
import { openNetworked, secrets } from "../support/node/networked.ts";

type Message = z.output<typeof LiveMessage>;
type Of<T extends Message["type"]> = Extract<Message, { type: T }>;

/** What issue 6 promises, from a landing to its being seen. */
const WITHIN_MS = 2_000;

async function open(url: string, headers: Record<string, string>) {
  // Node's takes headers, which the type of a browser's does not know.
  const socket = new WebSocket(url.replace("http:", "ws:"), { headers } as object as string[]);
  onTestFinished(() => socket.close());
  const arrived: (Message | "pong")[] = [];
  const waiting: ((message: Message | "pong") => void)[] = [];
  socket.addEventListener("message", ({ data }) => {
    const message = data === "pong" ? data : (JSON.parse(data as string) as Message);
    const first = waiting.shift();
    if (first) first(message);
    else arrived.push(message);
  });
  const next = () =>
    new Promise<Message | "pong">((resolve, reject) => {
      const message = arrived.shift();
      if (message) return resolve(message);
      waiting.push(resolve);
      socket.addEventListener("error", () => reject(new Error("the stream was refused")));
      socket.addEventListener("close", ({ code }) => reject(new Error(`the stream was closed: ${code}`)));
    });
  expect(await next()).toMatchObject({ type: "hello" });
  return { socket, next };
}

test("a landing is seen on an open stream within two seconds, and then its delivery", async () => {
  const { collector, demo, sandboxes, rows } = await openNetworked();
  const signedIn = await fetch(`${collector.url}/api/admin/session`, {
    method: "POST",
    body: JSON.stringify({ token: secrets.adminToken }),
  });
  const session = { Cookie: signedIn.headers.get("Set-Cookie")!.split(";")[0]!, Origin: collector.url };
  const { socket, next } = await open(
    `${collector.url}/api/admin/live?program_id=${demo.programId}`,
    session,
  );
  socket.send("ping");
  expect(await next()).toBe("pong");

  const landed = performance.now();
  const clickId = await sendClick(collector.url, "TRAILBLOG", { session: "live" });
  const { clicks, skipped } = (await next()) as Of<"clicks">;
  expect(performance.now() - landed).toBeLessThan(WITHIN_MS);
  expect({ skipped, clicks }).toMatchObject({
    skipped: 0,
    clicks: [{ click_id: clickId, link_code: "TRAILBLOG" }],
  });
  const [click] = clicks;
  expect(click!.kept_at! - click!.at).toBeLessThan(WITHIN_MS);
  expect(click!.recorded_at).toBeGreaterThanOrEqual(click!.kept_at!);

  let [delivery] = click!.deliveries;
  if (delivery!.state === "pending") [delivery] = ((await next()) as Of<"deliveries">).deliveries;
  expect(delivery).toMatchObject({ network: "everflow", state: "delivered", attempt_count: 1 });
  expect(delivery!.settled_at).toBeGreaterThanOrEqual(click!.recorded_at!);
  expect(sandboxes.everflow.times(clickId!)).toBe(1);

  // And the delivery's detail shows what the network got.
  const [row] = await rows<{ id: string }>("SELECT event_id || '.everflow' AS id FROM deliveries");
  const bearer = { Authorization: `Bearer ${secrets.adminToken}` };
  const detail = await fetch(`${collector.url}/api/admin/deliveries/${row!.id}`, { headers: bearer });
  const { sent } = (await detail.json()) as { sent: z.output<typeof Sent> };
  const [received] = sandboxes.everflow.received;
  expect(sent.url).toBe(sandboxes.everflow.url + received!.url);
  expect(sent).toMatchObject({ method: received!.method, body: null, settings_changed_since: false });
  expect(sent.headers["User-Agent"]).toBe(received!.headers["user-agent"]);
});
