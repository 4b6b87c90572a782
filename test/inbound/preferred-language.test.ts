import { expect, test } from "vitest";
import { preferredLanguage } from "../../worker/inbound/preferred-language.ts";

test.each([
  ["fr-CA,fr;q=0.9,en;q=0.8", "fr-CA"],
  ["de", "de"],
  ["zh-Hant-TW;q=1", "zh-Hant-TW"],
  ["en;q=0.1, fr;q=0.9, de;q=0.9", "fr"],
  ["*, pl;q=0.5", "pl"],
  ["es-419 ; q=0.7", "es-419"],
  ["", undefined],
  // What Node's fetch sends of its own accord.
  ["*", undefined],
  ["fr;q=0", undefined],
  ["<script>", undefined],
  ["a".repeat(10_000), undefined],
  [`en-${"a-".repeat(100)}a`, undefined],
])("of %j is %j", (header, language) => {
  expect(preferredLanguage(header)).toBe(language);
});
