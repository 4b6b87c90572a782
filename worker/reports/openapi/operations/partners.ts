import { NewPartner, Partner, PartnerChange, PartnerQuery, PartnerWithKey } from "../../schemas/partner.ts";
import { id, type Operation, pageOf, refusals } from "../operation.ts";

const collection = "/api/admin/partners";
const one = "/api/admin/partners/{id}";
const parameters = [id("The partner's id")];

export const partners: Operation[] = [
  {
    method: "post",
    path: collection,
    tag: "Management",
    summary: "Make a partner, and its key",
    caller: "manager",
    body: { schema: NewPartner },
    answers: [
      { status: 201, description: "Made; the key is shown this once", schema: PartnerWithKey },
      ...refusals(400),
    ],
    examples: [{ name: "A blog", body: { name: "Trail Blog" }, status: 201 }],
  },
  {
    method: "get",
    path: collection,
    tag: "Management",
    summary: "List partners",
    caller: "manager",
    query: PartnerQuery,
    answers: [
      { status: 200, description: "A page, or CSV", schema: pageOf(Partner), type: "text/csv" },
      ...refusals(400),
    ],
    examples: [{ name: "By part of the name", query: { q: "blog" }, status: 200 }],
  },
  {
    method: "get",
    path: one,
    tag: "Management",
    summary: "Show a partner",
    caller: "manager",
    parameters,
    answers: [{ status: 200, description: "The partner", schema: Partner }, ...refusals(404)],
    examples: [{ name: "Partner 1", path: { id: "1" }, status: 200 }],
  },
  {
    method: "patch",
    path: one,
    tag: "Management",
    summary: "Rename a partner",
    caller: "manager",
    parameters,
    body: { schema: PartnerChange },
    answers: [{ status: 200, description: "Changed", schema: Partner }, ...refusals(400, 404)],
    examples: [{ name: "Another name", path: { id: "1" }, body: { name: "Trail Magazine" }, status: 200 }],
  },
  {
    method: "post",
    path: "/api/admin/partners/{id}/rotate-key",
    tag: "Management",
    summary: "Make a new key",
    description: "The old one stops at once, with its sessions and live streams.",
    caller: "manager",
    parameters,
    answers: [
      { status: 200, description: "The key is shown this once", schema: PartnerWithKey },
      ...refusals(404),
    ],
    examples: [{ name: "Partner 2", path: { id: "2" }, status: 200 }],
  },
];
