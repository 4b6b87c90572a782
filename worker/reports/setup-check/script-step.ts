/** Whether the page's HTML has our tag, and whether a browser that follows it gets our script. */

import type { Env } from "../../env.ts";
import { trackerAliases } from "../../tracker-file.ts";
import { integrityOf, servedFile } from "../setup/served-file.ts";
import type { ReadPage, ScriptTag } from "./read-page.ts";
import { sameCollector } from "./same-collector.ts";
import { type Found, ok, problem, waiting } from "./step.ts";

const HASHED = /^\/tracker\.[0-9a-f]{8}\.js$/;
const PATHS = ["/tracker.js", "/js/affitor-tracker.js"];
/** What a browser runs; "" is no type at all. */
const RUNS = /^(?:module|(?:text|application)\/(?:x-)?(?:java|ecma)script)?$/i;
const TAG = "GET /programs/{id}/snippet has the tag.";

export interface ScriptLook {
  found: Found;
  /** The tag that was looked at, for what else the page says of it. */
  tag?: ScriptTag;
}

interface Collector {
  url: URL;
  program_id: number;
  env: Env;
}

/** Of several tags, the first that is right; of wrong ones the first. */
export async function scriptStep(page: ReadPage, pageUrl: URL, collector: Collector): Promise<ScriptLook> {
  if (!(await servedFile(collector.env, "/tracker.js"))) {
    const words = "This collector serves no tracker: it was deployed without being built";
    return { found: problem(words, "Deploy it with: npm run deploy") };
  }
  let first: ScriptLook | undefined;
  for (const tag of page.scripts.filter((script) => isTracker(script, collector))) {
    const look = { found: await judge(tag, pageUrl, collector), tag };
    if (look.found.state === "ok") return look;
    first ??= look;
  }
  return first ?? { found: none() };
}

function none(): Found {
  return waiting(
    "The page's HTML has no tag of the tracker",
    `A tag manager or an app may add it later: wait for the click. If nothing adds it, put the tag into the page. ${TAG}`,
  );
}

/** Ours, or one that was meant to be. */
function isTracker({ src, program }: ScriptTag, { url, env }: Collector): boolean {
  const named = PATHS.includes(src.pathname) || HASHED.test(src.pathname);
  if (sameCollector(src, url))
    return named || program !== undefined || trackerAliases(env).includes(src.pathname);
  return src.pathname === "/js/affitor-tracker.js" || (program !== undefined && /track/i.test(src.pathname));
}

async function judge(tag: ScriptTag, pageUrl: URL, { url, program_id, env }: Collector): Promise<Found> {
  const { src, type, program, integrity, apiBase } = tag;
  if (!sameCollector(src, url)) {
    return problem(
      `The tag points to another host: ${src.host}, and this collector is ${url.host}`,
      `Let it load ${url.origin}/tracker.js. If ${src.host} is another name of this collector, all is well: the click will show it.`,
    );
  }
  const endpoint = apiBase && URL.parse(apiBase);
  if (endpoint && !sameCollector(endpoint, url)) {
    const words = `data-affitor-api-base sends clicks to another host: ${endpoint.host}`;
    return problem(words, "Take the attribute away: clicks then go where the script comes from.");
  }
  if (pageUrl.protocol === "https:" && src.protocol === "http:") {
    const words = "The tag loads the script over http into an https page: browsers block it";
    return problem(words, `Write https in the tag: https://${src.host}${src.pathname}`);
  }
  const file = await servedFile(
    env,
    trackerAliases(env).includes(src.pathname) ? "/tracker.js" : src.pathname,
  );
  if (!file) {
    return HASHED.test(src.pathname)
      ? problem(
          `The tag asks for ${src.pathname}, the tracker of another deployment`,
          `Renew the pinned tag. ${TAG}`,
        )
      : problem(`The tag asks for ${src.pathname}, which this collector does not have`, TAG);
  }
  if (integrity) {
    if (!tag.crossorigin) {
      const words = "The tag has integrity and no crossorigin: browsers refuse the script";
      return problem(words, 'Add crossorigin="anonymous" to the tag.');
    }
    if (!(await intact(file, integrity))) {
      const words = "The tag's integrity is not that of today's script: browsers refuse it";
      return problem(words, `Renew the pinned tag, or load /tracker.js without integrity. ${TAG}`);
    }
  }
  if (program === undefined) {
    return problem("The tag has no data-program", `Add data-program="${program_id}" to the tag.`);
  }
  if (program.trim() !== String(program_id)) {
    const words = `data-program is ${JSON.stringify(program.slice(0, 40))}, and this program is ${program_id}`;
    return problem(words, `Write data-program="${program_id}" in the tag.`);
  }
  if (!RUNS.test(type)) {
    return waiting(
      `The tag has the type ${JSON.stringify(type.slice(0, 40))}, so that no browser runs it by itself`,
      "A consent tool may do so when the visitor agrees: agree, and wait for the click.",
    );
  }
  return ok(`The page has the tag: ${src.host}${src.pathname}, program ${program_id}`);
}

/** As browsers do: of several hashes the strongest kind counts, and one of that kind is enough. */
async function intact(file: ArrayBuffer, integrity: string): Promise<boolean> {
  const hashes = integrity.split(/\s+/).map((each) => each.split("?")[0]!);
  for (const algorithm of ["sha512", "sha384", "sha256"] as const) {
    const given = hashes.filter((hash) => hash.startsWith(`${algorithm}-`));
    if (given.length > 0) return given.includes(await integrityOf(file, algorithm));
  }
  // Nothing that a browser knows: it takes the script.
  return true;
}
