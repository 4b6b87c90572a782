import { describe, expect, test } from "vitest";
import { scrubUrl } from "../../worker/networks/scrub-url.ts";

const PAGE = "https://shop.example/p";

describe("an address without personal data stays byte for byte", () => {
  test.for([
    "https://shop.example",
    "https://shop.example/",
    `${PAGE}?`,
    `${PAGE}?a`,
    `${PAGE}?a=&b==&&c=%zz&d=%E4&e=1+2`,
    `${PAGE}?aff=PARTNER123&gclid=Cj0KCQjw-abc_123&fbclid=IwAR0&utm_medium=email&utm_source=mail`,
    `${PAGE}?id=1715084416123&order=4917012345678&sku=555123-4567&date=2026-07-30&v=10.15.7`,
    `${PAGE}?uuid=6d1b3d5c-8d59-4c43-9d0e-7a3c1f0b2e44&at=@48.137,11.575&pkg=lib@1.2.3`,
    `${PAGE}?product_name=tent&hotel=alpine&model=smartphone`,
    `${PAGE}#top`,
    `${PAGE}#/pricing?aff=X&size=M`,
    `${PAGE}#aff=X`,
    "https://social.example/@jane/posts",
    "HTTPS://SHOP.example:443/%7Ejane/../x?Q=Ä",
    "android-app://com.mail.app/",
    "",
  ])("%j", (address) => {
    expect(scrubUrl(address)).toBe(address.replace(/\?$/, ""));
  });
});

describe("a parameter goes when its value is personal", () => {
  test.for([
    "x=jane@mail.example",
    "x=jane%40mail.example",
    "x=jane%2540mail.example",
    "x=j%61ne%40mail%2Eexample",
    "x=Jane%20%3Cjane.doe%2Bnews%40mail.co.uk%3E",
    "x=jürgen@bücher.example",
    "x=jane@xn--bcher-kva.xn--p1ai",
    "back=https%3A%2F%2Fshop.example%2F%3Fe%3Djane%2540mail.example",
    "jane@mail.example",
    "jane%40mail.example=1",
    "x=%2B49%20170%201234567",
    "x=+49+170+1234567",
    "x=+15551234567",
    "x=0049-170-1234567",
    "x=(555)%20123-4567",
    "x=555-123-4567",
    "x=555.123.4567",
  ])("%s", (pair) => {
    expect(scrubUrl(`${PAGE}?a=1&${pair}&b=2`)).toBe(`${PAGE}?a=1&b=2`);
  });
});

describe("a parameter goes when its name is known for personal data", () => {
  test.for([
    "email",
    "Email",
    "e-mail",
    "mail",
    "user_email",
    "userEmail",
    "useremail",
    "email_address",
    "customer%5Bemail%5D",
    "em%61il",
    "phone",
    "phone_number",
    "billingPhone",
    "tel",
    "mobile",
    "name",
    "first_name",
    "lastName",
    "fullname",
    "fname",
  ])("%s", (name) => {
    expect(scrubUrl(`${PAGE}?a=1&${name}=x&b=2`)).toBe(`${PAGE}?a=1&b=2`);
  });
});

test("the fragment's own query is scrubbed, in every form that a landing is read in", () => {
  expect(scrubUrl(`${PAGE}#/pricing?email=jane&aff=X`)).toBe(`${PAGE}#/pricing?aff=X`);
  expect(scrubUrl(`${PAGE}#aff=X&email=jane`)).toBe(`${PAGE}#aff=X`);
  expect(scrubUrl(`${PAGE}#?x=jane%40mail.example`)).toBe(`${PAGE}#`);
  expect(scrubUrl(`${PAGE}#/u/jane@mail.example`)).toBe(`${PAGE}#/u/redacted`);
});

test("avad stays whatever it looks like, in query and fragment", () => {
  const address = `${PAGE}?avad=jane@mail.example#/x?avad=%2B491701234567`;
  expect(scrubUrl(address)).toBe(address);
});

test("an e-mail address in the path is redacted", () => {
  expect(scrubUrl("https://shop.example/u/jane%40mail.example/jane@mail.example/jane%2540mail.example")).toBe(
    "https://shop.example/u/redacted/redacted/redacted",
  );
});

test.for([
  ["https://jane:secret@shop.example/p", PAGE],
  ["https://jane%40mail.example@shop.example/p", PAGE],
  ["https:\\\\jane:secret@shop.example/p", "https:\\\\shop.example/p"],
])("credentials in %s go", ([address, scrubbed]) => {
  expect(scrubUrl(address!)).toBe(scrubbed);
});

test("a query that held nothing else goes with its question mark", () => {
  expect(scrubUrl(`${PAGE}?email=x&phone=y`)).toBe(PAGE);
});
