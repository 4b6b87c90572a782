import { expect, test } from "vitest";
import type { Link, Program } from "../../dashboard/api/types.ts";
import {
  draftOf,
  faultsOf,
  type LinkDraft,
  linkBody,
  linkChange,
} from "../../dashboard/views/links/link-draft.ts";

const PROGRAM = {
  id: 1,
  domains: ["shop.example", "store.example"],
  landing_url: "https://www.landing.example/start",
} as Program;
const LINK = {
  id: 7,
  program_id: 1,
  partner_id: 3,
  code: "SPRING",
  destination_url: "https://shop.example/",
  status: "active",
  everflow: { offer_id: 2101, affiliate_id: 411, uid: 5, sub1: "mail" },
} as Link;
const RIGHT: LinkDraft = {
  program_id: 1,
  partner_id: 3,
  code: "SPRING",
  destination_url: "https://shop.example/pricing",
  active: true,
  everflow: {},
};

test("a draft without faults has none", () => {
  expect(faultsOf(RIGHT, PROGRAM, true)).toEqual({});
});

test("a new link needs program, partner, code and destination; one that there is, its destination alone", () => {
  const empty = draftOf(undefined, []);
  expect(Object.keys(faultsOf(empty, undefined, true)).sort()).toEqual([
    "code",
    "destination_url",
    "partner_id",
    "program_id",
  ]);
  expect(Object.keys(faultsOf(empty, undefined, false))).toEqual(["destination_url"]);
});

test("with a single program it is chosen, and its landing page is the destination", () => {
  expect(draftOf(undefined, [PROGRAM])).toMatchObject({
    program_id: 1,
    destination_url: "https://www.landing.example/start",
  });
  expect(draftOf(undefined, [PROGRAM, PROGRAM])).toMatchObject({
    program_id: undefined,
    destination_url: "",
  });
});

test.each([
  ["https://shop.example/a?b=c#d", undefined],
  ["http://SHOP.example/", undefined],
  ["https://eu.store.example/", undefined],
  ["  https://shop.example/  ", undefined],
  ["https://www.landing.example/", undefined],
  ["shop.example/pricing", /whole address/],
  ["/pricing", /whole address/],
  ["javascript:alert(1)", /whole address/],
  ["ftp://shop.example/", /whole address/],
  ["https://notshop.example/", /own hosts: shop\.example, store\.example, www\.landing\.example/],
  ["https://shop.example.evil.example/", /own hosts/],
  ["", /Enter the page/],
])("the destination %j is judged as the API would", (destination_url, fault) => {
  const words = faultsOf({ ...RIGHT, destination_url }, PROGRAM, true).destination_url;
  if (fault === undefined) expect(words).toBeUndefined();
  else expect(words).toMatch(fault);
});

test("a code that every program has already, and one that is too long, are refused", () => {
  expect(faultsOf({ ...RIGHT, code: "AvantLink" }, PROGRAM, true).code).toMatch(/reserved/);
  expect(faultsOf({ ...RIGHT, code: "x".repeat(129) }, PROGRAM, true).code).toMatch(/128/);
  expect(faultsOf({ ...RIGHT, code: "x".repeat(128) }, PROGRAM, true).code).toBeUndefined();
});

test("Everflow's offer and affiliate are given together, as whole numbers", () => {
  const faults = (everflow: LinkDraft["everflow"]) =>
    Object.keys(faultsOf({ ...RIGHT, everflow }, PROGRAM, true));
  expect(faults({ offer_id: " ", sub1: "" })).toEqual([]);
  expect(faults({ offer_id: "12" })).toEqual(["everflow.affiliate_id"]);
  expect(faults({ sub1: "mail" })).toEqual(["everflow.offer_id", "everflow.affiliate_id"]);
  expect(faults({ offer_id: "12", affiliate_id: "0" })).toEqual(["everflow.affiliate_id"]);
  expect(faults({ offer_id: "12", affiliate_id: "3.5", uid: "five" })).toEqual([
    "everflow.affiliate_id",
    "everflow.uid",
  ]);
});

test("what is sent has numbers as numbers, and nothing that was left empty", () => {
  const everflow = { offer_id: " 2101 ", affiliate_id: "411", creative_id: "9", sub1: "12", sub2: " " };
  expect(linkBody({ ...RIGHT, destination_url: " https://shop.example/ ", active: false, everflow })).toEqual(
    {
      destination_url: "https://shop.example/",
      status: "inactive",
      everflow: { offer_id: 2101, affiliate_id: 411, creative_id: 9, sub1: "12" },
    },
  );
  expect(linkBody(RIGHT).everflow).toBeNull();
});

test("of a link that is edited only what differs is sent, so that its Everflow tracking link stays", () => {
  const draft = draftOf(LINK, [PROGRAM]);
  expect(linkChange(draft, LINK)).toEqual({});
  expect(linkChange({ ...draft, active: false }, LINK)).toEqual({ status: "inactive" });
  const { offer_id, ...rest } = draft.everflow;
  expect(linkChange({ ...draft, everflow: { ...rest, offer_id: offer_id! } }, LINK)).toEqual({});
  expect(linkChange({ ...draft, everflow: { ...draft.everflow, sub1: "" } }, LINK)).toEqual({
    everflow: { offer_id: 2101, affiliate_id: 411, uid: 5 },
  });
  expect(linkChange({ ...draft, everflow: {} }, LINK)).toEqual({ everflow: null });
});
