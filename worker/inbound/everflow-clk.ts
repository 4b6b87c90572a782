/** Everflow's dialect, server-side clicks (seed 000, CONTRACTS 2): GET /clk. */

import { accept } from "../clicks/accept.ts";
import type { Env } from "../env.ts";
import { type Failure, invalid, isFailure } from "../failure.ts";
import { called } from "./called.ts";
import { eventKey } from "./event-key.ts";
import { everflowAnswer, TRAFFIC_CONTROL } from "./everflow-answer.ts";
import { type EverflowPair, everflowPair, everflowParams, typeFault } from "./everflow-query.ts";

const NO_STORE = { "Cache-Control": "no-store" };

/** @param now unix ms. */
export async function clk(request: Request, env: Env, now: number): Promise<Response> {
  if (request.method !== "GET") {
    return Response.json(
      { error: "Method not allowed: use GET" },
      { status: 405, headers: { Allow: "GET", ...NO_STORE } },
    );
  }
  try {
    const query = new URL(request.url).searchParams;
    const pair = everflowPair(query);
    if (isFailure(pair)) return refuse(pair);
    const params = everflowParams(query);
    const fault = typeFault(params);
    if (fault) return refuse(fault);
    const event_id = eventKey(request);
    if (typeof event_id === "object") return refuse(event_id);
    const accepted = await accept(
      env,
      { dialect: "everflow", link: pair.link, page: {}, ...called(request), params, event_id },
      now,
    );
    if (isFailure(accepted)) return refuse(accepted, pair);
    const { transaction_id } = accepted.answer;
    const result = { error_code: 0, transaction_id };
    return answer(everflowAnswer(pair, pair.affid, accepted.link.program, result));
  } catch (error) {
    console.error("click tracking failed", error);
    return answer({ error: "Click tracking failed" }, 500);
  }
}

function answer(body: object, status = 200): Response {
  return Response.json(body, { status, headers: NO_STORE });
}

/** The one mapping of failures to the answers of /clk. */
function refuse(failure: Failure, pair?: EverflowPair): Response {
  switch (failure.failure) {
    case "invalid":
      return answer({ error: failure.message }, 400);
    case "link_inactive": {
      const result = { error_code: TRAFFIC_CONTROL, transaction_id: "" };
      return answer(everflowAnswer(pair!, pair!.affid, failure.program, result));
    }
    case "link_broken":
      return answer({ error: "The link of this oid and affid has no program or partner" }, 400);
    case "link_not_found":
    case "merchant_ambiguous":
    case "no_referral":
      return answer({ error: "No link has this oid and affid" }, 400);
    case "too_large":
      return refuse(invalid("body", `body must have at most ${failure.limit_bytes} bytes`));
  }
}
