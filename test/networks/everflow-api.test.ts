import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  clicksRequest,
  eventIdOf,
  linkRequest,
  readClicks,
  readLink,
} from "../../worker/networks/everflow-api.ts";

const ACCESS = { api_base: "https://api.eflow.team", key: "a-key" };
const ID = "6961a2c0aabbccddeeff001122334455";

describe("the calls", () => {
  test("clicks are asked for as seed 002 says, in UTC", () => {
    const from = Date.UTC(2022, 1, 8, 16, 30) / 1000;
    const filters = { resource_type: "s5", values: ["a", "b"] };
    const { body, ...request } = clicksRequest(ACCESS, { from, to: from + 900 }, filters);
    expect(request).toEqual({
      method: "POST",
      url: "https://api.eflow.team/v1/affiliates/reporting/clicks/stream",
      headers: { "Content-Type": "application/json", "X-Eflow-API-Key": "a-key" },
    });
    expect(JSON.parse(body!)).toEqual({
      from: "2022-02-08 16:30:00",
      to: "2022-02-08 16:45:00",
      timezone_id: 67,
      query: {
        filters: [
          { resource_type: "s5", filter_id_value: "a" },
          { resource_type: "s5", filter_id_value: "b" },
        ],
      },
    });
  });

  test("a link is asked for as seed 001 says, with nothing that was not given", () => {
    const wanted = { network_offer_id: 6, network_affiliate_id: 7, sub1: "a", creative_id: undefined };
    const { body, ...request } = linkRequest(ACCESS, wanted);
    expect(request).toEqual({
      method: "POST",
      url: "https://api.eflow.team/v1/networks/tracking/offers/clicks",
      headers: { "Content-Type": "application/json", "X-Eflow-API-Key": "a-key" },
    });
    expect(JSON.parse(body!)).toEqual({ network_offer_id: 6, network_affiliate_id: 7, sub1: "a" });
  });
});

describe("the answers", () => {
  const row = { transaction_id: "t", unix_timestamp: 5, error_code: 0, sub5: "x" };

  test("a row that cannot be read is left out, and still counts as one", () => {
    const odd = [
      null,
      "x",
      {},
      { ...row, transaction_id: 1 },
      { ...row, unix_timestamp: "5" },
      // It was read as a click that counts.
      { ...row, error_code: "2" },
      { ...row, error_code: undefined },
      { ...row, relationship: { offer: { network_offer_id: "6" } } },
    ];
    expect(readClicks(JSON.stringify({ clicks: [row, ...odd] }))).toEqual({
      clicks: [{ transaction_id: "t", unix_timestamp: 5, error_code: 0, offer_id: 0, row }],
      rows: 9,
    });
  });

  test("a row that names no offer can be read", () => {
    for (const relationship of [undefined, null, {}, { offer: null }, { offer: {} }]) {
      const body = JSON.stringify({ clicks: [{ ...row, relationship }] });
      expect(readClicks(body)?.clicks).toMatchObject([{ offer_id: 0 }]);
    }
  });

  test.each(["", "{", "[]", "{}", '{"clicks":{}}', '{"error":"no"}'])("%j is no report", (body) => {
    expect(readClicks(body)).toBeUndefined();
  });

  test("any JSON is a report or none", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        readClicks(JSON.stringify({ clicks: [value] }));
        readClicks(JSON.stringify(value));
        readLink(JSON.stringify({ url: value }));
      }),
    );
  });

  test.each([
    ['{"url":"https://www.acme-trk.example/ABC/DEF/"}', "https://www.acme-trk.example/ABC/DEF/"],
    ['{"url":"javascript:alert(1)"}', undefined],
    ['{"url":""}', undefined],
    ['{"url":5}', undefined],
    ["{}", undefined],
    ["<html>", undefined],
  ])("%s has the url %s", (body, url) => {
    expect(readLink(body)).toBe(url);
  });

  test.each([
    [`cust_${ID}_1768000000000`, ID],
    [`cust_${ID.toUpperCase()}_1768000000000`, undefined],
    [`x cust_${ID}_1768000000000`, undefined],
    ["", undefined],
    [undefined, undefined],
    [5, undefined],
  ])("a row whose sub5 is %j tells of the event %s", (sub5, id) => {
    const row = { transaction_id: "t", unix_timestamp: 5, error_code: 0, offer_id: 0, row: { sub5 } };
    expect(eventIdOf(row, "sub5")).toBe(id);
  });
});
