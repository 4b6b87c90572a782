import { NewTestClick, Snippet, TestClick } from "../../schemas/setup.ts";
import { id, type Operation, refusals } from "../operation.ts";

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
];
