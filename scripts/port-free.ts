import { createServer } from "node:net";
import { CannotStart } from "./cannot-start.ts";

/** @throws {CannotStart} naming the port that is taken and how to take another */
export async function assertPortFree(port: number, host: string, what: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "is taken" : `cannot be used (${error.code})`;
      reject(new CannotStart(`Port ${port}, ${what}, ${why}. Set another with PORT.`));
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve()));
  });
}
