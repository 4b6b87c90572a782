import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { adminApi } from "../../scripts/admin-api.ts";
import { processesNamed } from "../../scripts/processes.ts";
import { workerdName } from "../../scripts/workerd-name.ts";
import { sendClick } from "../support/node/click-load.ts";
import { freePorts } from "../support/node/free-ports.ts";
import { START, type Started, start } from "../support/node/started.ts";
import { tempFolder } from "../support/node/temp-folder.ts";
import { until } from "../support/node/until.ts";

function startOn(folder: string, settings: Record<string, string>): Started {
  const started = start({ CLICKFERRY_DATA: folder, CLICKFERRY_DEMO: "0", ...settings });
  onTestFinished(() => started.killAll());
  return started;
}

async function startReady(folder: string, settings: Record<string, string> = {}) {
  const port = await freePorts();
  const started = startOn(folder, { PORT: String(port), ...settings });
  await started.ready();
  return { started, url: `http://127.0.0.1:${port}`, port };
}

async function taken(port: number): Promise<void> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
}

interface List {
  data: object[];
}

function programs(url: string, token: string): Promise<Response> {
  return fetch(`${url}/api/admin/programs`, { headers: { Authorization: `Bearer ${token}` } });
}

test("it serves the demo shop with its tag, and says at once when a referral link brought a visitor", async () => {
  const folder = tempFolder();
  const { started, url, port } = await startReady(folder, { CLICKFERRY_DEMO: "1" });
  const link = `http://shop.localhost:${port + 1}/?aff=TRAILBLOG&avad=77_f3afbe121`;
  expect(started.stdout).toContain(`  ${link}   Trail Blog\n`);
  const shop = await fetch(`http://127.0.0.1:${port + 1}/?aff=TRAILBLOG`);
  expect(await shop.text()).toContain(
    `<script async src="http://track.shop.localhost:${port}/tracker.js" data-program="1"></script>`,
  );
  expect((await fetch(`${url}/tracker.js`)).status).toBe(200);

  const clickId = await sendClick(url, "TRAILBLOG", { session: "one" });
  const told = /\n\d\d:\d\d:\d\d {2}click {2}TRAILBLOG {2}new visitor {2}Chrome on Windows {2}.*(cust_\w+)\n/;
  await until(() => told.test(started.stdout), 5_000, "the click is told of");
  expect(told.exec(started.stdout)![1]).toBe(clickId);
});

test("a click on a printed referral link is seen to arrive at both networks", async () => {
  const { started, url, port } = await startReady(tempFolder(), { CLICKFERRY_DEMO: "1" });
  expect(started.stdout).toContain(`  http://127.0.0.1:${port + 2}   plays Everflow\n`);
  expect(started.stdout).toContain(`  http://127.0.0.1:${port + 3}   plays AvantLink\n`);
  const [link] = /http:\S+\?aff=TRAILBLOG\S*/.exec(started.stdout)!;
  const avad = new URL(link).searchParams.get("avad")!;

  const clickId = await sendClick(url, "TRAILBLOG", { session: "one", avad });
  const everflow = new RegExp(
    `\\n\\d\\d:\\d\\d:\\d\\d {2}everflow {2}click oid=2101 affid=411 .*=${clickId} → error_code 0 [0-9a-f]{32}\\n`,
  );
  const avantlink = new RegExp(
    `\\n\\d\\d:\\d\\d:\\d\\d {2}avantlink {2}click avad=${avad} visitor_id=${clickId} `,
  );
  const seen = () => everflow.test(started.stdout) && avantlink.test(started.stdout);
  await until(seen, 5_000, "both networks are seen to get it");
});

test("started again on other ports, the demo's networks are found there", async () => {
  const folder = tempFolder();
  const first = await startReady(folder, { CLICKFERRY_DEMO: "1" });
  await first.started.killAll();

  const { started, url } = await startReady(folder, { CLICKFERRY_DEMO: "1" });
  const clickId = await sendClick(url, "TRAILBLOG", { session: "one", avad: "77_f3afbe121" });
  const arrived = new RegExp(`  everflow  click .*${clickId} → error_code 0`);
  await until(() => arrived.test(started.stdout), 5_000, "Everflow is seen to get it");
});

test("started again it has the demo once, and the clicks of before", async () => {
  const folder = tempFolder();
  const settings = { CLICKFERRY_DEMO: "1", ADMIN_TOKEN: "given-by-its-owner" };
  const first = await startReady(folder, settings);
  const clickId = await sendClick(first.url, "TRAILBLOG", { session: "one" });
  await until(() => first.started.stdout.includes(clickId!), 5_000);
  await first.started.killAll();

  const second = await startReady(folder, settings);
  const api = adminApi(second.url, settings.ADMIN_TOKEN);
  expect((await api.get<List>("/programs")).data).toHaveLength(1);
  expect((await api.get<List>("/partners")).data).toHaveLength(3);
  expect((await api.get<List>("/clicks")).data).toMatchObject([{ click_id: clickId, session_id: "one" }]);
  expect((await api.get<List>("/links?q=TRAILBLOG")).data).toMatchObject([{ clicks: 1 }]);
});

test("with CLICKFERRY_DEMO=0 there is no demo, no shop and no network", async () => {
  const { started, url, port } = await startReady(tempFolder(), { ADMIN_TOKEN: "given-by-its-owner" });
  const api = adminApi(url, "given-by-its-owner");
  expect((await api.get<List>("/programs")).data).toEqual([]);
  expect(started.stdout).toContain(`  Dashboard       http://track.shop.localhost:${port}/dashboard/\n`);
  expect(await (await fetch(`${url}/dashboard/`)).text()).toContain('<div id="app">');
  for (const its of [port + 1, port + 2, port + 3]) {
    await expect(fetch(`http://127.0.0.1:${its}/`)).rejects.toThrow();
  }
  expect(started.stdout).not.toContain(`shop.localhost:${port + 1}`);
});

test("it makes an admin token, prints it, and keeps it where only its owner reads it", async () => {
  const folder = tempFolder();
  const { started, url } = await startReady(folder);
  const file = join(folder, "admin-token");
  const token = readFileSync(file, "utf8").trim();
  expect(token.length).toBeGreaterThanOrEqual(32);
  expect(started.stdout).toContain(token);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await programs(url, token)).status).toBe(200);
  expect((await programs(url, `${token}x`)).status).toBe(401);
});

test("a token that was given opens the management API and is printed nowhere", async () => {
  const folder = tempFolder();
  const { started, url } = await startReady(folder, { ADMIN_TOKEN: "given-by-its-owner" });
  expect((await programs(url, "given-by-its-owner")).status).toBe(200);
  expect(started.stdout + started.stderr).not.toContain("given-by-its-owner");
  expect(existsSync(join(folder, "admin-token"))).toBe(false);
});

test.for(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s ends it cleanly, workerd too", async (signal) => {
  const folder = tempFolder();
  const { started } = await startReady(folder);
  expect(processesNamed(workerdName(folder))).toHaveLength(1);
  started.child.kill(signal);
  expect(await started.exit).toBe(0);
  expect(processesNamed(workerdName(folder))).toEqual([]);
  expect(started.stderr).toBe("");
});

// npm runs a script in a shell, and hands a SIGTERM that it gets to that shell alone.
test("under npm it ends with npm's shell", async () => {
  const folder = tempFolder();
  const shell = ["sh", "-c", `"${process.execPath}" "${START}"; exit $?`];
  const settings = { CLICKFERRY_DEMO: "0", PORT: String(await freePorts()), npm_lifecycle_event: "start" };
  const started = start({ CLICKFERRY_DATA: folder, ...settings }, shell);
  onTestFinished(() => started.killAll());
  await started.ready();
  started.child.kill("SIGTERM");
  // Closed by the last process that held its output.
  await started.exit;
  expect(processesNamed(workerdName(folder))).toEqual([]);
});

test("after kill -9 it starts again on the same folder, with the same secrets", async () => {
  const folder = tempFolder();
  const first = await startReady(folder);
  const secrets = ["admin-token", "click-id-secret"].map((name) => readFileSync(join(folder, name), "utf8"));
  first.started.child.kill("SIGKILL");
  await first.started.exit;
  await startReady(folder, { PORT: String(first.port) });
  expect(["admin-token", "click-id-secret"].map((name) => readFileSync(join(folder, name), "utf8"))).toEqual(
    secrets,
  );
});

test("visitors whose click id the previous secret signed are known when it was rotated", async () => {
  const folder = tempFolder();
  const [before, now] = ["the-secret-of-thirty-two-letters-1", "the-secret-of-thirty-two-letters-2"] as const;
  const shared = { CLICKFERRY_DEMO: "1" };
  const first = await startReady(folder, { ...shared, CLICK_ID_SECRET: before });
  const clickId = await sendClick(first.url, "TRAILBLOG", { session: "one" });
  await first.started.killAll();

  const rotated = { ...shared, CLICK_ID_SECRET: now, CLICK_ID_SECRET_PREVIOUS: before };
  const { url } = await startReady(folder, rotated);
  const again = { session: "two", existing_click_id: clickId };
  expect(await sendClick(url, "TRAILBLOG", again)).toBe(clickId);
});

// Without setpriv (scripts/workerd.sh), as on macOS: the kernel leaves workerd alone when its parent is gone.
test("a workerd that kill -9 of Node left behind is ended by the next start", async () => {
  const folder = tempFolder();
  const first = await startReady(folder, { PATH: "/no-setpriv-here" });
  first.started.child.kill("SIGKILL");
  await first.started.exit;
  const orphans = processesNamed(workerdName(folder));
  expect(orphans).toHaveLength(1);

  const { started } = await startReady(folder, { PORT: String(first.port) });
  expect(started.stdout).toContain("Ended the workerd that an earlier start had left behind.");
  expect(processesNamed(workerdName(folder))).toHaveLength(1);
  expect(processesNamed(workerdName(folder))).not.toEqual(orphans);
});

// Its cron runs before it is ready.
test("of a seeded year it keeps the clicks of RETENTION_DAYS, and every sum", async () => {
  const folder = tempFolder();
  const seed = join(START, "../seed.ts");
  const options = ["--clicks", "300", "--links", "5", "--into", folder];
  const { stdout } = spawnSync(process.execPath, [seed, ...options], { encoding: "utf8" });
  expect(stdout).toContain("RETENTION_DAYS=0 npm start keeps all");
  const { url } = await startReady(folder, { ADMIN_TOKEN: "given-by-its-owner", RETENTION_DAYS: "200" });
  const api = adminApi(url, "given-by-its-owner");
  const { data } = await api.get<{ data: { at: number }[] }>("/clicks?limit=500");
  const oldest_days = (Date.now() - data.at(-1)!.at) / 86_400_000;
  expect(oldest_days).toBeLessThan(200.1);
  expect(oldest_days).toBeGreaterThan(100);
  const totals = await api.get<{ clicks: number; bot_clicks: number }>("/links/totals");
  expect(totals.clicks + totals.bot_clicks).toBe(300);
});

test("a second one on the same folder refuses in one line, and the first goes on", async () => {
  const folder = tempFolder();
  const { url } = await startReady(folder, { ADMIN_TOKEN: "given-by-its-owner" });
  const second = startOn(folder, { PORT: String(await freePorts()) });
  expect(await second.exit).toBe(1);
  expect(second.stderr).toBe(
    `Clickferry cannot start: Another Clickferry is running on ${folder}. End it first, or set another folder with CLICKFERRY_DATA.\n`,
  );
  expect((await programs(url, "given-by-its-owner")).status).toBe(200);
});

test("a bad setting is refused in one line", async () => {
  const started = startOn(tempFolder(), { PORT: "eighty" });
  expect(await started.exit).toBe(1);
  expect(started.stderr).toBe(
    'Clickferry cannot start: PORT is "eighty": it must be a whole number from 1 to 65532.\n',
  );
  expect(started.stdout).toBe("");
});

test("a taken port is refused in one line", async () => {
  const port = await freePorts();
  await taken(port);
  const started = startOn(tempFolder(), { PORT: String(port) });
  expect(await started.exit).toBe(1);
  expect(started.stderr).toBe(
    `Clickferry cannot start: Port ${port}, the collector's, is taken. Set another with PORT.\n`,
  );
});

test.for([
  ["the demo shop's", 1],
  ["the Everflow sandbox's", 2],
  ["the AvantLink sandbox's", 3],
] as const)("a taken port, %s, is refused in one line", async ([whose, offset]) => {
  const port = await freePorts();
  await taken(port + offset);
  const started = startOn(tempFolder(), { PORT: String(port), CLICKFERRY_DEMO: "1" });
  expect(await started.exit).toBe(1);
  expect(started.stderr).toBe(
    `Clickferry cannot start: Port ${port + offset}, ${whose}, is taken. Set another with PORT.\n`,
  );
});

test("a data folder that cannot be written is refused in one line", async () => {
  const file = join(tempFolder(), "a-file");
  writeFileSync(file, "");
  const started = startOn(join(file, "data"), {});
  expect(await started.exit).toBe(1);
  expect(started.stderr).toMatch(
    /^Clickferry cannot start: The data folder .*a-file\/data cannot be written \(ENOTDIR: .*\)\. Set another with CLICKFERRY_DATA\.\n$/,
  );
});

// It was foreseen nowhere, so it ended in a stack.
test("what nobody foresaw is told in one line, and its stack to whoever asks", async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "d1"), "");
  const settings = { PORT: String(await freePorts()) };
  const started = startOn(folder, settings);
  expect(await started.exit).toBe(1);
  expect(started.stderr).toBe(
    `Clickferry cannot start: EEXIST: file already exists, mkdir '${folder}/d1' (NODE_DEBUG=clickferry tells where.)\n`,
  );
  expect(processesNamed(workerdName(folder))).toEqual([]);

  const asked = startOn(folder, { ...settings, NODE_DEBUG: "clickferry" });
  expect(await asked.exit).toBe(1);
  expect(asked.stderr).toContain("migrate-folder.ts:");
});

// Node's recursive mkdir never comes back from there.
test.runIf(process.platform === "linux")(
  "a data folder that cannot be there is refused in one line",
  async () => {
    const started = startOn("/proc/clickferry/data", {});
    expect(await started.exit).toBe(1);
    expect(started.stderr).toMatch(
      /^Clickferry cannot start: The data folder \/proc\/clickferry\/data cannot be written \(ENOENT: .*\n$/,
    );
  },
);
