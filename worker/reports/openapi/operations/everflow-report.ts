import { z } from "zod";
import { ClicksReport, ClicksRequest, ReportedClick, Timezones } from "../../everflow/schema.ts";
import { type Answer, type Operation, Refused, tooLarge } from "../operation.ts";
import { SEED_CLICK, SEED_CLICK_BY_ID } from "./seed-clicks.ts";

const keyless: Answer[] = [
  { status: 401, description: "No key, or nobody's", schema: Refused },
  { status: 403, description: "A management key", schema: Refused },
  {
    status: 429,
    description: "Too many wrong keys from this address; Retry-After in seconds",
    schema: Refused,
  },
];

const headers = {
  "X-Rows-Read": { description: "What the report read in the database", schema: z.int().min(0) },
};

export const everflowReport: Operation[] = [
  {
    method: "post",
    path: "/v1/affiliates/reporting/clicks/stream",
    tag: "Click report",
    summary: "Clicks of a period",
    description:
      "At most 5,000 rows, newest first, of 14 days at most; clicks are kept for RETENTION_DAYS, 90 unless set otherwise.",
    caller: "partner",
    body: { schema: ClicksRequest },
    answers: [
      { status: 200, description: "The key's partner's clicks", schema: ClicksReport, headers },
      { status: 400, description: "Something in the request is wrong", schema: Refused },
      ...keyless,
      tooLarge(64),
    ],
    examples: [
      {
        name: "Clicks from the US or Canada with internal as sub1",
        body: {
          from: "2022-02-08 16:30:00",
          to: "2022-02-08 16:45:00",
          timezone_id: 90,
          query: {
            filters: [
              { filter_id_value: "internal", resource_type: "s1" },
              { filter_id_value: "Canada", resource_type: "country" },
              { filter_id_value: "United States", resource_type: "country" },
            ],
          },
        },
        status: 200,
        answer: { clicks: [SEED_CLICK] },
      },
      {
        name: "All clicks on two offers",
        body: {
          from: "2022-02-01 12:30:00",
          to: "2022-02-01 13:00:00",
          timezone_id: 90,
          query: {
            filters: [
              { filter_id_value: "882", resource_type: "offer" },
              { filter_id_value: "883", resource_type: "offer" },
            ],
          },
        },
        status: 200,
      },
      {
        name: "Clicks with test as sub3",
        body: {
          from: "2022-02-01 12:30:00",
          to: "2022-02-01 13:00:00",
          timezone_id: 90,
          query: { filters: [{ filter_id_value: "test", resource_type: "s3" }] },
        },
        status: 200,
      },
      {
        name: "More than 14 days",
        body: { from: "2022-02-01 00:00:00", to: "2022-02-16 00:00:00", timezone_id: 67 },
        status: 400,
        answer: { error: "from must not be more than 14 days before to" },
      },
    ],
  },
  {
    method: "get",
    path: "/v1/affiliates/reporting/clicks/{transaction_id}",
    tag: "Click report",
    summary: "A click by its id",
    caller: "partner",
    parameters: [
      { name: "transaction_id", in: "path", required: true, description: "32 hexadecimal characters" },
    ],
    answers: [
      { status: 200, description: "The click", schema: ReportedClick, headers },
      { status: 400, description: "That is no id", schema: Refused },
      ...keyless,
      { status: 404, description: "The partner has no such click", schema: Refused, headers },
    ],
    examples: [
      {
        name: "A click",
        path: { transaction_id: "d746e9ab66914764b6a0cf6ab25d0cdf" },
        status: 200,
        answer: SEED_CLICK_BY_ID,
      },
      {
        name: "Another's click",
        path: { transaction_id: "410da86457f54ae388a871d54a33275b" },
        status: 404,
        answer: { error: "Click not found" },
      },
    ],
  },
  {
    method: "get",
    path: "/v1/meta/timezones",
    tag: "Click report",
    summary: "Time zones of the report",
    caller: "anyone",
    answers: [{ status: 200, description: "Those that have a timezone_id here", schema: Timezones }],
    examples: [{ name: "All", status: 200 }],
  },
];
