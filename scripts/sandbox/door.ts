/** A server's port, which can be closed and opened again while the server lives. */

import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

const HOST = "127.0.0.1";

export class Door {
  readonly port: number;
  readonly #server: Server;
  #reopening: NodeJS.Timeout | undefined;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** Fails as node:http does when the port is taken. */
  static async open(server: Server, port: number): Promise<Door> {
    server.listen({ port, host: HOST });
    await once(server, "listening");
    return new Door(server);
  }

  get url(): string {
    return `http://${HOST}:${this.port}`;
  }

  async open(): Promise<void> {
    clearTimeout(this.#reopening);
    if (this.#server.listening) return;
    this.#server.listen({ port: this.port, host: HOST });
    await once(this.#server, "listening");
  }

  /**
   * Whoever knocks is refused, and whoever is inside is thrown out.
   *
   * @param seconds until it opens by itself; never, where unset
   * @param last what is still to be said to those inside, when nobody can enter any more
   */
  async shut(seconds?: number, last?: () => Promise<void>): Promise<void> {
    clearTimeout(this.#reopening);
    if (this.#server.listening) {
      const closed = once(this.#server, "close");
      this.#server.close();
      await last?.();
      this.#server.closeAllConnections();
      await closed;
    }
    if (seconds) this.#reopening = setTimeout(() => void this.open(), seconds * 1_000);
  }
}
