/** A way to a port on this machine that can be cut and mended, as a visitor's network is. */

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface Breakable {
  port: number;
  /** Nothing gets through on the connections that there are, and nobody is told; new ones are as before. */
  stall(): void;
  /** Every connection is reset, and none is taken any more. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

export async function breakable(target: number): Promise<Breakable> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        open.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  const listen = (port: number) => once(server.listen(port, "127.0.0.1"), "listening");
  await listen(0);
  const { port } = server.address() as { port: number };
  const cut = async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of open) socket.resetAndDestroy();
    await closed;
  };
  return {
    port,
    stall: () => {
      for (const socket of open) socket.unpipe().pause();
    },
    cut,
    mend: async () => void (await listen(port)),
    close: async () => {
      if (server.listening) await cut();
    },
  };
}
