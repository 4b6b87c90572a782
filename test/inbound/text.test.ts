import { expect, test } from "vitest";
import { cut } from "../../worker/inbound/text.ts";

test.for([
  ["plain", "Grüße, 😀 and 日本語", "Grüße, 😀 and 日本語"],
  ["a NUL, at which SQLite ends a text", "a\0b", "ab"],
  ["an escape, which a terminal obeys", "\u001b]0;owned\u0007\u001b[2Jhere", "]0;owned[2Jhere"],
  ["the same in one character", "\u009b31mred", "31mred"],
  ["lines and a tab", "a\r\n\tb\u0085c", "abc"],
  ["a delete", "a\u007fb", "ab"],
  ["what is next to them", "\u0020~\u00a0", "\u0020~\u00a0"],
  ["a lone surrogate, which is no UTF-8", "a\udc00b\ud800.", "a\ufffdb\ufffd."],
  ["both", "\ud800\0\udc00", "\ufffd\ufffd"],
] as const)("of a text with %s, what can be kept and shown is kept", ([, text, kept]) => {
  expect(cut(text, 100)).toBe(kept);
});

test.for([
  ["abc", 2, "ab"],
  ["a😀", 2, "a"],
  ["a😀", 3, "a😀"],
] as const)("%j is cut to %d units, never in the middle of a character", ([text, length, kept]) => {
  expect(cut(text, length)).toBe(kept);
});
