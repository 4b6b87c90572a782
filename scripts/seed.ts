/**
 * `npm run seed -- --clicks 1000000 --links 10000 [--days 365] [--into .clickferry]`: a year of demo data in a data
 * folder, for looking at the dashboard. While no collector runs on it.
 */

import { parseArgs } from "node:util";
import { CannotStart } from "./cannot-start.ts";
import { openDataFolder } from "./data-folder.ts";
import { PROGRAMS } from "./seed/catalogue.ts";
import { openDatabase } from "./seed/open-database.ts";
import { seedYear } from "./seed/seed-year.ts";
import { readSettings } from "./settings.ts";

try {
  await seed();
} catch (error) {
  // parseArgs says what is wrong with an option.
  console.error(`Clickferry cannot seed: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function seed(): Promise<void> {
  const { values } = parseArgs({
    options: {
      clicks: { type: "string", default: "1000000" },
      links: { type: "string", default: "10000" },
      days: { type: "string", default: "365" },
      into: { type: "string" },
      seed: { type: "string", default: "1" },
    },
  });
  const { dataDir, port, retentionDays } = readSettings(process.env);
  const clicks = wholeNumber("clicks", values.clicks, 1, 100_000_000);
  const links = wholeNumber("links", values.links, 1, 100_000);
  const days = wholeNumber("days", values.days, 1, 3_650);
  const folder = openDataFolder(values.into ?? dataDir);
  const database = await openDatabase(folder.path);
  try {
    const { name } = PROGRAMS[0]!;
    if (database.prepare("SELECT id FROM programs WHERE name = ?").get(name)) {
      throw new CannotStart(`${folder.path} has been seeded already. Seed another folder with --into.`);
    }
    const begin = Date.now();
    await seedYear(database, {
      clicks,
      links,
      days,
      now: begin,
      seed: wholeNumber("seed", values.seed, 0, 2 ** 32 - 1),
      networks: sandboxes(port),
      progress: (done) => {
        if (process.stdout.isTTY) process.stdout.write(`\r${Math.floor((100 * done) / clicks)} %`);
      },
    });
    const seconds = Math.round((Date.now() - begin) / 1000);
    const what = `${clicks.toLocaleString("en")} clicks of ${days} days on ${links.toLocaleString("en")} links`;
    console.log(`${process.stdout.isTTY ? "\r" : ""}Seeded ${what} into ${folder.path} in ${seconds} s.`);
    if (retentionDays !== "0") {
      console.log(
        "Clicks older than RETENTION_DAYS are deleted once it runs: RETENTION_DAYS=0 npm start keeps all.",
      );
    }
  } finally {
    database.close();
    folder.close();
  }
}

/** Those of `npm start`, which take what is still waiting. */
function sandboxes(port: number) {
  const everflow = `http://127.0.0.1:${port + 2}`;
  return {
    everflow: {
      tracking_domain: everflow,
      api_base: everflow,
      advertiser_id: 1,
      api_key_secret: "EVERFLOW_API_KEY",
    },
    avantlink: { base_url: `http://127.0.0.1:${port + 3}` },
  };
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < min || number > max) {
    throw new CannotStart(`--${name} is "${text}": it must be a whole number from ${min} to ${max}.`);
  }
  return number;
}
