/**
 * POST /programs/{id}/test-click: sends a network a click of nobody, by the courier's rules, and shows the exchange.
 * Nothing is recorded or counted here. The network may count it: where it has a parameter for that, the click says
 * what it is.
 */

import { Hono } from "hono";
import type { NetworkName } from "../../click.ts";
import { type Attempted, attempt } from "../../delivery/attempt.ts";
import { connectionOf } from "../../delivery/connection.ts";
import { callSettings, type Env } from "../../env.ts";
import type { Network, OutboundRequest } from "../../networks/network.ts";
import { networks } from "../../networks/networks.ts";
import { body } from "../body.ts";
import type { AdminEnv } from "../context.ts";
import { type Refusal, refuse } from "../refusal.ts";
import { rowId } from "../row-id.ts";
import { NewTestClick } from "../schemas/setup.ts";
import { findProgram, NO_PROGRAM, type SetUpProgram } from "./program.ts";
import { syntheticClick } from "./synthetic-click.ts";
import { withoutSecrets } from "./without-secrets.ts";

export const testClick = new Hono<AdminEnv>().post(
  "/programs/:id/test-click",
  body(NewTestClick),
  async (c) => {
    const program = await findProgram(c.env.DB, rowId(c.req.param("id")));
    if (!program) return refuse(c, NO_PROGRAM);
    const { network, link_id } = c.req.valid("json");
    const way = await wayTo(network, program, link_id, c.env);
    if ("kind" in way) return refuse(c, way);
    const { connection, secrets } = way;
    const adapter = networks[network] as Network<never>;
    const request = await adapter
      .request(syntheticClick(program, Date.now()), connection as never)
      .catch((error: Error) => error);
    if (request instanceof Error) {
      return refuse(c, invalid("network", `the settings make no request: ${request.message}`));
    }
    const { timeout_ms, targets } = callSettings(c.env);
    const options = { timeout_ms, targets, secrets, number: 1, fetch };
    const attempted = await attempt(adapter, request, options);
    // It is the only call of this request.
    if ("not_made" in attempted) throw new Error(attempted.not_made);
    return c.json(withoutSecrets(exchange(network, request, attempted), secrets));
  },
);

type Way = Exclude<ReturnType<typeof connectionOf>, { withheld: string }>;

/** A network that is switched off can be tried all the same: that is when one wants to. */
async function wayTo(
  network: NetworkName,
  program: SetUpProgram,
  linkId: number | undefined,
  env: Env,
): Promise<Way | Refusal> {
  const saved = program[network];
  if (!saved) return invalid("network", `the program has no ${network} settings: save ${network} first`);
  let link_everflow: Record<string, unknown> | null = null;
  if (network === "everflow") {
    const found = await linkSettings(env.DB, program.id, linkId);
    if ("refusal" in found) return found.refusal;
    link_everflow = found.everflow;
  }
  const connection = connectionOf(network, { settings: { ...saved, enabled: true }, link_everflow }, env);
  return "withheld" in connection ? invalid("network", connection.withheld) : connection;
}

async function linkSettings(
  db: D1Database,
  programId: number,
  linkId: number | undefined,
): Promise<{ everflow: Record<string, unknown> } | { refusal: Refusal }> {
  const row = await (linkId === undefined
    ? db
        .prepare(
          `SELECT everflow FROM referral_links
           WHERE program_id = ? AND status = 'active' AND everflow IS NOT NULL ORDER BY id DESC LIMIT 1`,
        )
        .bind(programId)
    : db
        .prepare("SELECT everflow FROM referral_links WHERE program_id = ? AND id = ?")
        .bind(programId, linkId)
  ).first<{ everflow: string | null }>();
  if (row?.everflow) return { everflow: JSON.parse(row.everflow) };
  const error =
    linkId === undefined
      ? "link_id is required: no active link of the program has an Everflow offer and affiliate"
      : row
        ? "link_id has no Everflow offer and affiliate"
        : "link_id is no link of the program";
  return { refusal: invalid("link_id", error) };
}

function exchange(network: NetworkName, request: OutboundRequest, attempted: Attempted) {
  const { judgement, attempt, answer } = attempted;
  return {
    network,
    request: { ...request, body: request.body ?? null },
    response: answer ? { status: answer.status, headers: shown(answer.headers), body: answer.body } : null,
    duration_ms: attempt.duration_ms,
    outcome: {
      state: judgement.outcome === "retry" ? ("pending" as const) : judgement.outcome,
      reason: judgement.words,
      reference: (judgement.outcome === "delivered" && judgement.reference) || null,
    },
  };
}

/** A cookie is the network's own secret. */
function shown(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name !== "set-cookie"));
}

function invalid(field: string, error: string): Refusal {
  return { kind: "invalid", field, error };
}
