/** Countries as Everflow's reports name them: in English, by ISO 3166-1 alpha-2 code. Pure. */

const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
/** Codes of the edge that are no country: unknown, and the Tor network. */
const NO_COUNTRY = ["", "XX", "T1"];

/** @returns "United States" for "US"; "" for what is no country. */
export function countryName(code: string | null): string {
  if (!code || NO_COUNTRY.includes(code) || !/^[A-Z]{2}$/.test(code)) return "";
  return names.of(code) ?? "";
}

let codes: Map<string, string[]> | undefined;

/** @returns the codes that a filter's value means: a name or a code, in any case; "" means no country. */
export function countryCodes(value: string): string[] {
  codes ??= byName();
  return codes.get(value.toLowerCase()) ?? [];
}

function byName(): Map<string, string[]> {
  const found = new Map([["", [...NO_COUNTRY]]]);
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (const first of letters) {
    for (const second of letters) {
      const code = first + second;
      const name = countryName(code);
      if (!name) continue;
      found.set(code.toLowerCase(), [code]);
      const named = found.get(name.toLowerCase());
      if (named) named.push(code);
      else found.set(name.toLowerCase(), [code]);
    }
  }
  return found;
}
