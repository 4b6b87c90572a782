import { z } from "zod";
import { LinkImport, LinkImportQuery } from "../../schemas/link-import.ts";
import { NewTestClick, SetupCheck, SetupCheckQuery, Snippet, TestClick } from "../../schemas/setup.ts";
import { id, type Operation, Refused, refusals } from "../operation.ts";

const parameters = [id("The program's id")];

export const setup: Operation[] = [
  {
    method: "get",
    path: "/api/admin/programs/{id}/snippet",
    tag: "Set-up",
    summary: "Show a program's script tag",
    description: "For the host that is asked: ask at the address that the page is to load the tracker from.",
    caller: "manager",
    parameters,
    answers: [
      { status: 200, description: "The tag, as it goes into the page", schema: Snippet },
      ...refusals(404),
    ],
    examples: [{ name: "Program 1", path: { id: "1" }, status: 200 }],
  },
  {
    method: "post",
    path: "/api/admin/programs/{id}/test-click",
    tag: "Set-up",
    summary: "Send a network a test click",
    description:
      "A click of nobody, sent as the courier would send it, and the whole exchange. Nothing is recorded or counted here; the network sees `clickferry-test` as the source (Everflow), or as the avad and tracking code (AvantLink). A network that is switched off can be tried too.",
    caller: "manager",
    parameters,
    body: { schema: NewTestClick },
    answers: [
      { status: 200, description: "What was sent and what came back", schema: TestClick },
      ...refusals(400, 404),
    ],
    examples: [
      { name: "To Everflow", path: { id: "1" }, body: { network: "everflow", link_id: 2 }, status: 200 },
      { name: "To AvantLink", path: { id: "1" }, body: { network: "avantlink" }, status: 200 },
      {
        name: "With a link that has no offer",
        path: { id: "1" },
        body: { network: "everflow", link_id: 1 },
        status: 400,
        answer: { error: "link_id has no Everflow offer and affiliate", field: "link_id" },
      },
    ],
  },
  {
    method: "get",
    path: "/api/admin/programs/{id}/setup-check",
    tag: "Set-up",
    summary: "Say why the first click does not come",
    description:
      "Fetches the program's landing page and looks at its tag and its Content-Security-Policy, then at the first click since a moment and its cookie. Each step has a state, words and a hint. Nothing is written.",
    caller: "manager",
    parameters,
    query: SetupCheckQuery,
    answers: [{ status: 200, description: "Step by step", schema: SetupCheck }, ...refusals(400, 404)],
    examples: [
      {
        name: "Of the last minutes",
        path: { id: "1" },
        query: { since: "2026-11-21T00:00:00Z" },
        status: 200,
      },
    ],
  },
  {
    method: "post",
    path: "/api/admin/links/import",
    tag: "Set-up",
    summary: "Import links from CSV",
    description:
      "Up to 5,000 rows and 2 MiB of UTF-8, with commas or semicolons; the first row names the columns: code, destination_url, partner_id or partner_name, status, everflow_offer_id, everflow_affiliate_id, sub1…sub5, source_id, creative_id, uid, coupon_code. Others are ignored, so that the CSV of `GET /links` can come back as it is. A code that the program has is changed: a blank destination or status stays, a blank Everflow cell takes the value away, a column that is not there leaves it. Rows with errors are not written, all others together.",
    caller: "manager",
    query: LinkImportQuery,
    body: { schema: z.string(), types: ["text/csv"] },
    answers: [
      { status: 200, description: "Row by row what was done, or would be", schema: LinkImport },
      ...refusals(400, 409),
      { status: 413, description: "The file is larger than 2 MiB", schema: Refused },
    ],
    examples: [
      {
        name: "A preview",
        query: { program_id: "1", dry_run: "1" },
        body: "code,destination_url,partner_name,status\nSUMMER,https://shop.example/summer,Trail Blog,active\nPARTNER123,https://shop.example/new,,\nBAD,https://elsewhere.example/,Trail Blog,",
        status: 200,
        answer: {
          dry_run: true,
          created: 1,
          updated: 1,
          unchanged: 0,
          failed: 1,
          ignored_columns: [],
          rows: [
            { line: 2, code: "SUMMER", action: "create", errors: [] },
            { line: 3, code: "PARTNER123", action: "update", errors: [] },
            {
              line: 4,
              code: "BAD",
              action: "error",
              errors: [
                {
                  field: "destination_url",
                  error: "destination_url must be on one of the program's domains",
                },
              ],
            },
          ],
        },
      },
      {
        name: "Without a header",
        query: { program_id: "1" },
        body: "SUMMER,https://shop.example/summer",
        status: 400,
        answer: { error: "body has no column code in its first row", field: "body" },
      },
    ],
  },
];
