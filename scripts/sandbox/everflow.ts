/** Everflow on loopback: /clk (seed 000), generate a link (seed 001) and read raw clicks (seed 002). */

import { randomBytes } from "node:crypto";
import { clickRow } from "./everflow-click-row.ts";
import { EverflowClicks } from "./everflow-clicks.ts";
import { type EverflowKeys, keyFault } from "./everflow-keys.ts";
import { everflowLink, unpackedParams } from "./everflow-link.ts";
import { refusal } from "./everflow-refusal.ts";
import { clicksReport } from "./everflow-report.ts";
import { EVERFLOW_MODES, type RequestFailure } from "./failure.ts";
import type { Ledger } from "./ledger.ts";
import { type Call, openSandbox, type Reply, type Sandbox, type SandboxOptions } from "./sandbox.ts";

export interface EverflowSandboxOptions extends SandboxOptions {
  keys: EverflowKeys;
  /** Whether an affiliate may run an offer; any may where unset. */
  runs?: ((offerId: number, affiliateId: number) => boolean) | undefined;
}

const SESSION_HOURS = 24;
const DUPLICATE_CLICK = 21;
const OUR_CLICK_ID = /cust_[0-9a-f]{32}_\d{10,15}/;
const CLICK_BY_ID = /^\/v1\/affiliates\/reporting\/clicks\/([^/]+)$/;

export function openEverflowSandbox({
  keys,
  runs = () => true,
  ...options
}: EverflowSandboxOptions): Promise<Sandbox> {
  return openSandbox((url) => {
    const clicks = new EverflowClicks();

    function answer(call: Call, failure: RequestFailure | undefined, ledger: Ledger): Reply {
      const { method, path } = call;
      if (method === "GET" && path === "/clk") return click(call, failure, ledger);
      if (method === "POST" && path === "/v1/networks/tracking/offers/clicks") {
        return keyFault(call, keys, "network") ?? everflowLink(call.json, url, runs);
      }
      if (method === "POST" && path === "/v1/affiliates/reporting/clicks/stream") {
        return keyFault(call, keys, "affiliate") ?? clicksReport(call.json, clicks.of(affiliateOf(call)));
      }
      const id = method === "GET" && CLICK_BY_ID.exec(path)?.[1];
      if (id) return keyFault(call, keys, "affiliate") ?? clickById(id, affiliateOf(call));
      return refusal(404, `There is nothing at ${method} ${path}`);
    }

    function click(call: Call, failure: RequestFailure | undefined, ledger: Ledger): Reply {
      const params = paramsOf(call);
      const oid = positive(params.get("oid"));
      const aid = positive(params.get("affid"));
      if (!oid) return refusal(400, "oid is required and must be an integer");
      if (!aid) return refusal(400, "affid is required and must be an integer");
      if (!runs(oid, aid)) return refusal(400, `Affiliate ${aid} does not run offer ${oid}`);
      const ours = ourClickId(call) ?? "";
      const error_code =
        failure?.mode === "error_code"
          ? failure.code
          : failure?.mode === "duplicate" && ledger.times(ours) > 0
            ? DUPLICATE_CLICK
            : 0;
      const transaction_id = error_code ? "" : randomBytes(16).toString("hex");
      const body: ClickAnswer = { aid, error_code, oid, session_duration: SESSION_HOURS, transaction_id };
      const shown = [...params].map(([name, value]) => `${name}=${value}`).join(" ");
      const line = `click  ${shown} → error_code ${error_code} ${transaction_id}`;
      return { status: 200, body, line, click: error_code === 0 };
    }

    function affiliateOf({ headers }: Call): number {
      return keys.affiliates[String(headers["x-eflow-api-key"])]!;
    }

    function clickById(id: string, affiliate: number): Reply {
      const stored = clicks.of(affiliate).find(({ transaction_id }) => transaction_id === id);
      if (!stored) return refusal(404, `There is no click ${id}`);
      return { status: 200, body: clickRow(stored), line: `read click ${id}` };
    }

    return {
      name: "everflow",
      modes: EVERFLOW_MODES,
      clickId: ourClickId,
      answer,
      keep: (call, { body }) => clicks.keep(call, paramsOf(call), body as ClickAnswer),
    };
  }, options);
}

/** Seed 000's five fields. */
export interface ClickAnswer {
  aid: number;
  error_code: number;
  oid: number;
  /** Hours. */
  session_duration: number;
  transaction_id: string;
}

function paramsOf({ query }: Call): URLSearchParams {
  return unpackedParams(new URLSearchParams(query));
}

/** In whichever parameter. */
function ourClickId({ query }: Call): string | undefined {
  return OUR_CLICK_ID.exec(query)?.[0];
}

function positive(value: string | null): number | undefined {
  return value && /^[1-9]\d{0,9}$/.test(value) ? Number(value) : undefined;
}
