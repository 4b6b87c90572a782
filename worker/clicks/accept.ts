/** From a ClickRequest to an answered, durable click: resolve the link, sign an id, keep, and only then answer. */

import {
  type Answer,
  type Click,
  type ClickRequest,
  formatClickId,
  type LinkKey,
  type ReferralLink,
} from "../click.ts";
import { owe } from "../delivery/outbox.ts";
import { clickSecrets, type Env, giveUpAfterMs, intakeShards } from "../env.ts";
import { type Failure, invalid, isFailure } from "../failure.ts";
import { ClickIdSigner } from "./click-id.ts";
import { ClickSealer } from "./click-seal.ts";
import { LinkResolver } from "./links.ts";
import { newDeliveries } from "./new-deliveries.ts";
import { shardOf } from "./shard.ts";
import { selectWays, type WaysRow, waysOf } from "./ways.ts";

export interface Accepted {
  answer: Answer;
  link: ReferralLink;
}

/** What lives as long as the isolate: the cache of links, the imported keys, the ids of the shards. */
class Isolate {
  readonly links: LinkResolver;
  readonly signer: ClickIdSigner;
  readonly sealer: ClickSealer;
  readonly intakeShards: number;
  readonly #intakes = new Map<string, DurableObjectId>();

  constructor(env: Env) {
    const secrets = clickSecrets(env);
    this.links = new LinkResolver(env.DB);
    this.signer = new ClickIdSigner(secrets);
    this.sealer = new ClickSealer(secrets);
    this.intakeShards = intakeShards(env);
  }

  /** @param key of {@link eventKey}. */
  intake(env: Env, request: ClickRequest, key: string | undefined) {
    const { name, hint } = shardOf(
      {
        event_id: key,
        timezone: request.page.timezone,
        continent: request.near ?? request.visitor.continent,
      },
      this.intakeShards,
      Math.random(),
    );
    let id = this.#intakes.get(name);
    if (!id) {
      id = env.INTAKE.idFromName(name);
      this.#intakes.set(name, id);
    }
    return env.INTAKE.get(id, hint && { locationHint: hint });
  }
}

const isolates = new WeakMap<Env, Isolate>();

function isolateOf(env: Env): Isolate {
  let isolate = isolates.get(env);
  if (!isolate) {
    isolate = new Isolate(env);
    isolates.set(env, isolate);
  }
  return isolate;
}

/** @returns the link as accept() would find it, from the same cache. */
export function findLink(env: Env, key: LinkKey, now: number): Promise<ReferralLink | Failure> {
  return isolateOf(env).links.resolve(key, now);
}

/** @returns what makes the landing of this click known as such: see ClickRequest.arrival. */
export function sealOf(env: Env, { answer, link }: Accepted): Promise<string> {
  return isolateOf(env).sealer.seal(answer, link);
}

/**
 * Accepts one click. When this returns an answer the click is durable: it will be in D1, once.
 * @param now unix ms.
 * @throws when it could not be kept; the caller answers 500 and the visitor's script tries again.
 */
export async function accept(env: Env, request: ClickRequest, now: number): Promise<Accepted | Failure> {
  const isolate = isolateOf(env);
  const link = await isolate.links.resolve(request.link, now);
  if (isFailure(link)) return link;
  const { program } = link;
  const told = { partner_code: link.code, cookie_window_days: program.cookie_window_days };
  const arrived = request.arrival && (await isolate.sealer.open(request.arrival, link, now));
  // Kept and counted before the redirect that led here: the page gets that click's answer, also when the link was
  // switched off in between.
  if (arrived) return { answer: { ...arrived, ...told }, link };
  const key = eventKey(request, link);
  const intake = isolate.intake(env, request, key);
  if (link.status !== "active") {
    // Its first sending may have come while the link was on: a repeat is told what the first was told.
    const first = key && (await intake.recall(key));
    return first ? { answer: JSON.parse(first), link } : { failure: "link_inactive", program };
  }
  const click = await clickOf(isolate.signer, request, link, now);
  const answer: Answer = {
    transaction_id: click.id,
    click_id: formatClickId(click.customer_id, click.customer_created_at),
    ...told,
  };
  if (!key) {
    await intake.keep(JSON.stringify(click));
    return { answer, link };
  }
  const first = await intake.keepOnce(JSON.stringify(click), key, JSON.stringify(answer));
  return { answer: first ? JSON.parse(first) : answer, link };
}

/** Anybody may send test clicks, so a program keeps its newest only. */
const TEST_EVENTS_KEPT = 1_000;
const OUTDATED = `program_id = ?1 AND id <= (
  SELECT id FROM test_click_events WHERE program_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ${TEST_EVENTS_KEPT})`;

/**
 * Stores a test click apart from the counted ones, in D1 at once: its answer names the row.
 * @param programId from the request, where it names one; else the link's.
 */
export async function acceptTest(
  env: Env,
  request: ClickRequest,
  programId: number | undefined,
  now: number,
): Promise<{ eventId: number; programId: number } | Failure> {
  const isolate = isolateOf(env);
  const link = await isolate.links.resolve(request.link, now);
  if (isFailure(link)) return programId && byProgram(request.link) ? noProgram() : link;
  if (programId && programId !== link.program.id) {
    const named = await isolate.links.resolve({ by: "program", program_id: programId }, now);
    if (isFailure(named)) return noProgram();
  }
  const program = programId ?? link.program.id;
  const click = await clickOf(isolate.signer, request, link, now);
  const [inserted, ways] = (await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO test_click_events (at, program_id, link_id, affiliate_url, click) VALUES (?, ?, ?, ?, ?) RETURNING id`,
    ).bind(now, program, link.id, request.page.affiliate_url ?? "", JSON.stringify(click)),
    selectWays(env.DB, [link.id]),
    // With what they were owed, which names them by the id of their click.
    env.DB.prepare(
      `DELETE FROM deliveries WHERE event_id IN (SELECT click ->> '$.id' FROM test_click_events WHERE ${OUTDATED})`,
    ).bind(program),
    env.DB.prepare(`DELETE FROM test_click_events WHERE ${OUTDATED}`).bind(program),
  ])) as [D1Result<{ id: number }>, D1Result<WaysRow>];
  const eventId = inserted.results[0]!.id;
  // No network is told of a test, and the manager sees that it was not.
  const withheld = newDeliveries(click, waysOf(ways.results).get(link.id), false, true, {
    give_up_after_ms: giveUpAfterMs(env),
  });
  await owe(env.DB, withheld)?.run();
  return { eventId, programId: program };
}

function byProgram(link: LinkKey): boolean {
  return link.by === "program";
}

function noProgram(): Failure {
  return invalid("additional_data.program_id", "additional_data.program_id names no program");
}

async function clickOf(
  signer: ClickIdSigner,
  request: ClickRequest,
  link: ReferralLink,
  at: number,
): Promise<Click> {
  const { program } = link;
  const existing = request.existing_click_id
    ? await signer.verify(request.existing_click_id, program.id)
    : undefined;
  const id = await signer.mint(program.id, at);
  return {
    id,
    customer_id: existing?.id ?? id,
    customer_created_at: existing?.at ?? at,
    at,
    dialect: request.dialect,
    link_id: link.id,
    program_id: program.id,
    partner_id: link.partner_id,
    page: request.page,
    visitor: request.visitor,
    params: request.params,
    event_id: request.event_id,
  };
}

/**
 * A repeat comes through the same dialect and link: a server may send one id of its own request to several endpoints,
 * or for several partners, and each of these is a click.
 */
function eventKey({ event_id, dialect }: ClickRequest, link: ReferralLink): string | undefined {
  return event_id && `${dialect}:${link.id}:${event_id}`;
}
