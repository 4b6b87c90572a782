import { NewProgram, Program, ProgramChange, ProgramQuery } from "../../schemas/program.ts";
import { id, type Operation, pageOf, refusals } from "../operation.ts";

const collection = "/api/admin/programs";
const one = "/api/admin/programs/{id}";
const parameters = [id("The program's id")];

export const programs: Operation[] = [
  {
    method: "post",
    path: collection,
    tag: "Management",
    summary: "Make a program",
    caller: "manager",
    body: { schema: NewProgram },
    answers: [{ status: 201, description: "Made", schema: Program }, ...refusals(400, 409)],
    examples: [
      {
        name: "On Everflow and AvantLink",
        body: {
          name: "The shop",
          domains: ["shop.example"],
          landing_url: "https://shop.example/",
          everflow: {
            tracking_domain: "https://www.acme-trk.example",
            api_key_secret: "EVERFLOW_API_KEY",
          },
          avantlink: { merchant_id: "0b2e446d-8d59-4c43-9d0e-7a3c1f6d1b3d" },
        },
        status: 201,
      },
      {
        name: "Without a name",
        body: { landing_url: "https://shop.example/" },
        status: 400,
        answer: { error: "name is required", field: "name" },
      },
    ],
  },
  {
    method: "get",
    path: collection,
    tag: "Management",
    summary: "List programs",
    caller: "manager",
    query: ProgramQuery,
    answers: [
      { status: 200, description: "A page, or CSV", schema: pageOf(Program), type: "text/csv" },
      ...refusals(400),
    ],
    examples: [{ name: "The first ten", query: { limit: "10" }, status: 200 }],
  },
  {
    method: "get",
    path: one,
    tag: "Management",
    summary: "Show a program",
    caller: "manager",
    parameters,
    answers: [{ status: 200, description: "The program", schema: Program }, ...refusals(404)],
    examples: [{ name: "Program 1", path: { id: "1" }, status: 200 }],
  },
  {
    method: "patch",
    path: one,
    tag: "Management",
    summary: "Change a program",
    description: "Settings of a network are replaced as a whole.",
    caller: "manager",
    parameters,
    body: { schema: ProgramChange },
    answers: [{ status: 200, description: "Changed", schema: Program }, ...refusals(400, 404, 409)],
    examples: [{ name: "A longer window", path: { id: "1" }, body: { cookie_window_days: 90 }, status: 200 }],
  },
];
