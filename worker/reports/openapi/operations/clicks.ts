import { ClickDetail, ClickEvent, ClickQuery } from "../../schemas/click.ts";
import { type Operation, pageOf, refusals } from "../operation.ts";

export const clicks: Operation[] = [
  {
    method: "get",
    path: "/api/admin/clicks",
    tag: "Reports",
    summary: "List clicks, newest first",
    caller: "reader",
    query: ClickQuery,
    answers: [
      { status: 200, description: "A page, or CSV", schema: pageOf(ClickEvent), type: "text/csv" },
      ...refusals(400),
    ],
    examples: [{ name: "A program's newest", query: { program_id: "1", limit: "20" }, status: 200 }],
  },
  {
    method: "get",
    path: "/api/admin/clicks/{click_id}",
    tag: "Reports",
    summary: "Show a click with its customer",
    caller: "manager",
    parameters: [
      {
        name: "click_id",
        in: "path",
        required: true,
        description: "The click's 32 hexadecimal characters, or a click_id",
      },
    ],
    answers: [{ status: 200, description: "The click", schema: ClickDetail }, ...refusals(404)],
    examples: [{ name: "A click", path: { click_id: "d746e9ab66914764b6a0cf6ab25d0cdf" }, status: 200 }],
  },
];
