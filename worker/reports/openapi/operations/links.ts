import { z } from "zod";
import {
  Link,
  LinkChange,
  LinkQuery,
  LinkTotals,
  LinkTotalsQuery,
  ListedLink,
  NewLink,
  SparklineQuery,
  Sparklines,
} from "../../schemas/link.ts";
import { id, type Operation, pageOf, refusals } from "../operation.ts";

const collection = "/api/admin/links";
const one = "/api/admin/links/{id}";
const parameters = [id("The link's id")];

export const links: Operation[] = [
  {
    method: "post",
    path: collection,
    tag: "Management",
    summary: "Make a referral link",
    caller: "manager",
    body: { schema: NewLink },
    answers: [{ status: 201, description: "Made", schema: Link }, ...refusals(400, 409)],
    examples: [
      {
        name: "With an Everflow offer",
        body: {
          program_id: 1,
          partner_id: 1,
          code: "SPRING",
          destination_url: "https://shop.example/spring",
          everflow: { offer_id: 2102, affiliate_id: 411, sub1: "spring" },
        },
        status: 201,
      },
      {
        name: "A code that is taken",
        body: {
          program_id: 1,
          partner_id: 1,
          code: "PARTNER123",
          destination_url: "https://shop.example/",
        },
        status: 409,
        answer: { error: "code is taken by another link", field: "code" },
      },
    ],
  },
  {
    method: "get",
    path: collection,
    tag: "Management",
    summary: "List links with their counters",
    description: "With `from` or `to` the counters are those of the period, else of all time.",
    caller: "reader",
    query: LinkQuery,
    answers: [
      { status: 200, description: "A page, or CSV", schema: pageOf(ListedLink), type: "text/csv" },
      ...refusals(400),
    ],
    examples: [
      { name: "Most clicked first", query: { program_id: "1", sort: "-clicks" }, status: 200 },
      {
        name: "A month beside the one before",
        query: { sort: "-clicks", from: "2026-01-01", to: "2026-02-01", compare: "previous" },
        status: 200,
      },
    ],
  },
  {
    method: "get",
    path: "/api/admin/links/totals",
    tag: "Management",
    summary: "Sum the links of a list",
    description: "With the same filters as the list.",
    caller: "reader",
    query: LinkTotalsQuery,
    answers: [{ status: 200, description: "The sums", schema: LinkTotals }, ...refusals(400)],
    examples: [
      {
        name: "Active links in January, and in the 31 days before",
        query: { status: "active", from: "2026-01-01", to: "2026-02-01", compare: "previous" },
        status: 200,
        answer: {
          links: 4,
          clicks: 0,
          unique_clicks: 0,
          bot_clicks: 0,
          previous: { clicks: 0, unique_clicks: 0, bot_clicks: 0 },
        },
      },
    ],
  },
  {
    method: "get",
    path: "/api/admin/links/sparklines",
    tag: "Management",
    summary: "Human clicks of some links by day",
    description: "Links that there are not, or that a filter leaves out, are left out.",
    caller: "reader",
    query: SparklineQuery,
    answers: [{ status: 200, description: "A number for each day", schema: Sparklines }, ...refusals(400)],
    examples: [
      {
        name: "Two links in the week before 8 January in New York",
        query: { ids: "2,3", days: "7", timezone: "America/New_York", to: "2026-01-08" },
        status: 200,
      },
    ],
  },
  {
    method: "get",
    path: one,
    tag: "Management",
    summary: "Show a link",
    caller: "reader",
    parameters,
    answers: [{ status: 200, description: "The link", schema: Link }, ...refusals(404)],
    examples: [{ name: "Link 2", path: { id: "2" }, status: 200 }],
  },
  {
    method: "patch",
    path: one,
    tag: "Management",
    summary: "Change a link",
    caller: "manager",
    parameters,
    body: { schema: LinkChange },
    answers: [{ status: 200, description: "Changed", schema: Link }, ...refusals(400, 404, 409)],
    examples: [
      {
        name: "Another destination",
        path: { id: "2" },
        body: { destination_url: "https://shop.example/sale" },
        status: 200,
      },
    ],
  },
  {
    method: "post",
    path: "/api/admin/links/{id}/everflow-link",
    tag: "Networks",
    summary: "Make the link's tracking URL at Everflow",
    description: "Calls Everflow's API with the network's key, keeps the URL and returns it.",
    caller: "manager",
    parameters,
    answers: [
      { status: 200, description: "Everflow's URL", schema: z.object({ url: z.url() }) },
      ...refusals(404, 409, 502),
    ],
    examples: [
      {
        name: "Link 2",
        path: { id: "2" },
        status: 200,
        answer: { url: "https://www.acme-trk.example/ABC123/DEF456/" },
      },
    ],
  },
];
