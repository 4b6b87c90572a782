import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Collector, openCollector } from "../../scripts/collector.ts";
import { processesNamed } from "../../scripts/processes.ts";
import { workerdName } from "../../scripts/workerd-name.ts";
import { freePorts } from "../support/node/free-ports.ts";
import { until } from "../support/node/until.ts";

const COLLECTOR = join(import.meta.dirname, "../../scripts/collector.ts");
const secrets = {
  adminToken: "admin-token-for-tests",
  clickIdSecret: "a-secret-for-tests-of-forty-characters-00",
};
let dataDir: string;
let open: Collector[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "clickferry-"));
  open = [];
});

afterEach(async () => {
  await Promise.all(open.map((collector) => collector.close()));
  for (const pid of processesNamed(workerdName(dataDir))) process.kill(pid, "SIGKILL");
  rmSync(dataDir, { recursive: true, force: true });
});

async function collectorOn(folder: string): Promise<Collector> {
  const collector = await openCollector({ dataDir: folder, port: 0, ...secrets });
  open.push(collector);
  return collector;
}

test("it answers on its own port", async () => {
  const collector = await collectorOn(dataDir);
  expect(collector.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await fetch(`${collector.url}/no-such-page`)).status).toBe(404);
});

test("it serves the built tracker", async () => {
  const { url } = await collectorOn(dataDir);
  const response = await fetch(`${url}/tracker.js`);
  expect(response.headers.get("Content-Type")).toMatch(/^text\/javascript/);
  expect(await response.text()).toBe(readFileSync("dist/public/tracker.js", "utf8"));
});

test("what it stored is still there when it is opened again, and no migration is applied twice", async () => {
  const first = await collectorOn(dataDir);
  const before = await first.mf.getD1Database("DB");
  await before.exec(
    "INSERT INTO programs VALUES (7,'Acme','https://a.example','[]',60,'last_click','active',1,NULL,NULL,0,0)",
  );
  const books = await before.prepare("SELECT * FROM d1_migrations").all();
  await first.close();
  open = [];

  const after = await (await collectorOn(dataDir)).mf.getD1Database("DB");
  expect(await after.prepare("SELECT id, name FROM programs").all()).toMatchObject({
    results: [{ id: 7, name: "Acme" }],
  });
  expect((await after.prepare("SELECT * FROM d1_migrations").all()).results).toEqual(books.results);
  expect(books.results.length).toBeGreaterThan(0);
});

test("whoever comes while it is starting is not told of a database that is not ready", async () => {
  const port = await freePorts();
  const opening = openCollector({ dataDir, port, ...secrets });
  let first: Response | undefined;
  await until(
    async () => {
      first = await fetch(`http://127.0.0.1:${port}/api/v1/track/click`, {
        method: "POST",
        body: JSON.stringify({ affiliate_url: "http://shop.localhost/?aff=NOBODY" }),
      }).catch(() => undefined);
      return first !== undefined;
    },
    30_000,
    "it answers for the first time",
    0,
  );
  open.push(await opening);
  expect(first!.status).toBe(400);
  expect(await first!.json()).toEqual({ error: "Referral link not found" });
});

test("two of them on two folders know nothing of each other", async () => {
  const [one, other] = await Promise.all([
    collectorOn(join(dataDir, "one")),
    collectorOn(join(dataDir, "other")),
  ]);
  expect(one.url).not.toBe(other.url);
  const db = await one.mf.getD1Database("DB");
  await db.exec(
    "INSERT INTO programs VALUES (7,'Acme','https://a.example','[]',60,'last_click','active',1,NULL,NULL,0,0)",
  );
  const db2 = await other.mf.getD1Database("DB");
  expect(await db2.prepare("SELECT COUNT(*) n FROM programs").first("n")).toBe(0);
});

test.runIf(process.platform === "linux")(
  "its workerd does not outlive a Node process killed with -9",
  async () => {
    const script = join(dataDir, "open.mjs");
    const options = JSON.stringify({ dataDir, port: 0, ...secrets });
    writeFileSync(
      script,
      `import { openCollector } from ${JSON.stringify(COLLECTOR)};
      await openCollector(${options});
      console.log("open");`,
    );
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    const [said] = await once(child.stdout!, "data");
    expect(String(said)).toBe("open\n");
    expect(processesNamed(workerdName(dataDir))).toHaveLength(1);

    child.kill("SIGKILL");
    await once(child, "exit");
    await until(() => processesNamed(workerdName(dataDir)).length === 0, 5_000);
  },
);
