import { z } from "zod";
import { SEALED_PARAMS_PARAM } from "../../../inbound/landing.ts";
import { keptParameters, query } from "../everflow-parameters.ts";
import type { Operation } from "../operation.ts";

export const trackingLink: Operation[] = [
  {
    method: "get",
    path: "/c/{code}",
    tag: "Tracking links",
    summary: "Follow a tracking link",
    description:
      "Counts the click without any script and redirects to the link's destination with `aff`, the click id and the parameters given: those below are kept with the click, any other goes along. Link previews and HEAD are redirected without counting.",
    caller: "anyone",
    parameters: [
      { name: "code", in: "path", required: true, description: "The link's code" },
      query("avad", "AvantLink's click id"),
      query("_ef_transaction_id", "As in /sdk/click"),
      query(SEALED_PARAMS_PARAM, "Encrypted parameters, of a generated link"),
      ...keptParameters("any text"),
    ],
    answers: [
      {
        status: 302,
        description: "To the destination",
        headers: { Location: { description: "The landing page", schema: z.url() } },
      },
      { status: 400, description: "The link's folded parameters were altered", type: "text/html" },
      { status: 404, description: "There is no such link", type: "text/html" },
    ],
    examples: [
      {
        name: "A visitor follows",
        path: { code: "PARTNER123" },
        query: { sub1: "campaign_abc" },
        status: 302,
      },
    ],
  },
];
