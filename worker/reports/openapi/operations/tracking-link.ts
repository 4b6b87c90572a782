import type { Operation } from "../operation.ts";

export const trackingLink: Operation[] = [
  {
    method: "get",
    path: "/c/{code}",
    tag: "Tracking links",
    summary: "Follow a tracking link",
    description:
      "Counts the click without any script and redirects to the link's destination with `aff`, the click id and the parameters given. Link previews and HEAD are redirected without counting.",
    caller: "anyone",
    parameters: [
      { name: "code", in: "path", required: true, description: "The link's code" },
      {
        name: "sub1",
        in: "query",
        description: "Goes along, as sub2…sub10, source_id, coupon_code, gclid, … do",
      },
    ],
    answers: [
      { status: 302, description: "To the destination" },
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
