import { ClickDetail, ClickEvent, ClickQuery } from "../../schemas/click.ts";
import { LiveMessage, LiveQuery } from "../../schemas/live.ts";
import { type Operation, pageOf, Refused, refusals } from "../operation.ts";

export const clicks: Operation[] = [
  {
    method: "get",
    path: "/api/admin/clicks",
    tag: "Reports",
    summary: "List clicks, newest first",
    description:
      "Clicks are kept for RETENTION_DAYS, 90 unless set otherwise: of a period before there are none, while links, " +
      "stats and breakdowns count them for ever. " +
      "A partner is shown its own clicks without visitors' personal data: no `user_id`, and addresses, titles and " +
      "parameters without e-mail addresses, names and phone numbers. `ip` stays.",
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
    description: "404 also for one that is no longer kept, though its customer may have come back since.",
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
  {
    method: "get",
    path: "/api/admin/live",
    tag: "Reports",
    summary: "Watch clicks as they happen",
    description:
      "A WebSocket. It sends JSON texts, each a LiveMessage: `hello` at once; `clicks` within a second of their recording, " +
      "at most 50 in a message; `deliveries` of clicks of the last ten minutes as they go on. `ping` is answered `pong`. " +
      "After a reconnect, `after` brings what was missed: the newest 200 clicks, and how the deliveries of those before " +
      "stand. It is closed with code 4401 when the session has ended, and with 4000 every quarter of an hour: connect again. " +
      "A partner's clicks come without personal data, as in `GET /clicks`.",
    caller: "reader",
    query: LiveQuery,
    answers: [
      { status: 101, description: "The stream; what it sends", schema: LiveMessage },
      {
        status: 403,
        description: "A browser's call from a page that is not the collector's own",
        schema: Refused,
      },
      { status: 426, description: "The call asked for no WebSocket", schema: Refused },
      { status: 503, description: "Too many streams are open", schema: Refused },
      ...refusals(400),
    ],
    examples: [{ name: "Without an upgrade", query: { program_id: "1" }, status: 426 }],
  },
];
