import { createServer } from "node:net";

/** `npm start` takes so many, one after the other. */
const PORTS = [0, 1, 2, 3];

/** @returns a port that is free, as are the three after it */
export async function freePorts(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const all = await Promise.all(PORTS.map((n) => free(port + n)));
    if (all.every(Boolean)) return port;
  }
  throw new Error("No free ports next to each other");
}

function free(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
