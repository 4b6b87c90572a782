import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { CannotStart } from "./cannot-start.ts";

/** A process that was killed a moment ago is gone from the list of processes before its last thread lets go of a port. */
const PATIENCE_MS = 1_000;
const TRY_EVERY_MS = 50;

/** @throws {CannotStart} naming the port that is taken and how to take another */
export async function assertPortFree(port: number, host: string, what: string): Promise<void> {
  for (let waited = 0; ; waited += TRY_EVERY_MS) {
    const code = await listenOnce(port, host);
    if (code === undefined) return;
    if (code !== "EADDRINUSE" || waited >= PATIENCE_MS) {
      const why = code === "EADDRINUSE" ? "is taken" : `cannot be used (${code})`;
      throw new CannotStart(`Port ${port}, ${what}, ${why}. Set another with PORT.`);
    }
    await delay(TRY_EVERY_MS);
  }
}

/** @returns the code of the error that listening ended in */
async function listenOnce(port: number, host: string): Promise<string | undefined> {
  const server = createServer();
  try {
    await once(server.listen({ port, host, exclusive: true }), "listening");
    await new Promise((resolve) => server.close(resolve));
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}
