/** The machine's own Firefox over WebDriver BiDi: https://w3c.github.io/webdriver-bidi/ */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Debian's package is firefox-esr. */
export const installedFirefox: string | undefined = ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find(
  (path) => existsSync(path),
);

export interface FirefoxCookie {
  name: string;
  value: string;
  domain: string;
  /** Unix seconds. */
  expiry?: number;
  sameSite: string;
  secure: boolean;
}

export interface Tab {
  /** Resolves at the page's load event. */
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  /** @param delta -1: back. Resolves when the page is shown. */
  traverse(delta: number): Promise<void>;
  /** @returns the JSON value of an expression, promises awaited. */
  evaluate<T>(expression: string): Promise<T>;
  cookies(): Promise<FirefoxCookie[]>;
  close(): Promise<void>;
}

export interface Firefox {
  /** A tab with storage and cookies of its own. */
  open(): Promise<Tab>;
  close(): Promise<void>;
}

/** Names under .localhost are this machine, as every Firefox has it. */
export async function launchFirefox(): Promise<Firefox> {
  const profile = await mkdtemp(join(tmpdir(), "clickferry-firefox-"));
  const child = spawn(
    installedFirefox!,
    ["--headless", "--no-remote", "--remote-debugging-port=0", "--profile", profile, "about:blank"],
    { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, MOZ_CRASHREPORTER_DISABLE: "1" } },
  );
  let address: string | undefined;
  for await (const line of createInterface({ input: child.stderr })) {
    address = /WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1];
    if (address) break;
  }
  child.stderr.resume();
  if (!address) throw new Error("Firefox ended before it listened.");
  const send = await connect(`${address}/session`);
  await send("session.new", { capabilities: {} });

  return {
    open: async () => openTab(send),
    close: async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the protocol's results have many shapes
type Send = (method: string, params: object) => Promise<any>;

/** @throws {Error} at a command that Firefox refuses, with its words. */
async function connect(address: string): Promise<Send> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error, message } = JSON.parse(data);
    const command = waiting.get(id);
    waiting.delete(id);
    if (error) command?.reject(new Error(`${error}: ${message}`));
    else command?.resolve(result);
  });
  await once(socket, "open");
  let last = 0;
  return (method, params) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ id, method, params }));
    });
}

async function openTab(send: Send): Promise<Tab> {
  const { userContext } = await send("browser.createUserContext", {});
  const { context } = await send("browsingContext.create", { type: "tab", userContext });
  const evaluate = async (expression: string) => {
    const { type, result, exceptionDetails } = await send("script.evaluate", {
      expression: `(async () => JSON.stringify(await (${expression})))()`,
      target: { context },
      awaitPromise: true,
    });
    if (type === "exception") throw new Error(exceptionDetails.text);
    return result.value === undefined ? undefined : JSON.parse(result.value);
  };
  return {
    goto: async (url) => void (await send("browsingContext.navigate", { context, url, wait: "complete" })),
    reload: async () => void (await send("browsingContext.reload", { context, wait: "complete" })),
    traverse: async (delta) => {
      await send("browsingContext.traverseHistory", { context, delta });
    },
    evaluate,
    cookies: async () => {
      const { cookies } = await send("storage.getCookies", {
        partition: { type: "context", context },
      });
      return cookies.map(({ value, ...cookie }: { value: { value: string } }) => ({
        ...cookie,
        value: value.value,
      }));
    },
    close: async () => void (await send("browser.removeUserContext", { userContext })),
  };
}
