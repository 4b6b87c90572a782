/**
 * js-cookie without what the tracker's calls never reach: some 400 bytes less of the compressed tracker.
 *
 * The tracker runs in browsers only, names its cookies by constants, and sets attributes at every call. Each cut is
 * an exact piece of the pinned version, so another version fails the build instead of the visitor's page;
 * test/tracker/lean-js-cookie.test.ts holds what is left against the original.
 */
import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

const CUTS: [piece: RegExp, instead: string][] = [
  // What the language has by now.
  [/function assign \(target\) \{[\s\S]*?\n\}\n/, ""],
  // Servers.
  [/ {4}if \(typeof document === 'undefined'\) \{\s+return\s+\}\n/, ""],
  [/ {4}if \(typeof document === 'undefined' \|\| \(arguments\.length && !name\)\) \{\s+return\s+\}\n/, ""],
  // Names that need encoding.
  [/ {4}name = encodeURIComponent\(name\)[\s\S]*?escape\);\n/, ""],
  // Converters. Read: values that are not wholly encoded, or in quotes, as only servers write them. Write: characters
  // that a cookie may hold as they are; of them the list of ids wants "|", and the landing's address nothing.
  [/var defaultConverter = \{[\s\S]*?\n\};\n/, ""],
  [/converter\.write\(value, name\)/, 'encodeURIComponent(value).replace(/%7C/g, "|")'],
  // Dates: the window is a max-age, in seconds, or there is none.
  [
    / {4}if \(typeof attributes\.expires === 'number'\) \{\n.*\n {4}\}\n {4}if \(attributes\.expires\) \{\n.*\n {4}\}\n/,
    "",
  ],
  // "Secure=true" for "Secure": a browser takes both, https://www.rfc-editor.org/rfc/rfc6265#section-5.2.5
  // Attributes that a stranger could have written.
  [
    / {6}stringifiedAttributes \+= '; ' \+ attributeName;\n[\s\S]*?\.split\(';'\)\[0\];/,
    "      stringifiedAttributes += '; ' + attributeName + '=' + attributes[attributeName];",
  ],
  // All cookies at once, and names that were encoded. Of one name all values that are not empty, where the
  // original tells the first: a cookie of a host alone stands beside its site's.
  [
    / {4}var cookies = [\s\S]*?return name \? jar\[name\] : jar\n/,
    `    return ('; ' + document.cookie)
      .split('; ' + name + '=')
      .slice(1)
      .map(value => decodeURIComponent(value.split(';')[0]))
      .filter(value => value)
`,
  ],
  // Two equal beginnings compress.
  [/var stringifiedAttributes/, "let stringifiedAttributes"],
  [/for \(var attr/, "for (let attr"],
  // Instances.
  [/function init\(converter, defaultAttributes\) \{\n/, ""],
  [/assign\(\{\}, defaultAttributes, attributes\)/, "{ path: '/', ...attributes }"],
  [/ {2}return Object\.create\([\s\S]*\n\}\n\nvar api = .*\n/, "var api = { set: set, get: get };\n"],
];

/** @throws {Error} naming the piece, when it is not there once. */
export function leanJsCookie(source: string): string {
  return CUTS.reduce((code, [piece, instead]) => {
    if (code.split(piece).length !== 2) throw new Error(`js-cookie has changed: not found once: ${piece}`);
    return code.replace(piece, instead);
  }, source);
}

export const leanJsCookiePlugin: Plugin = {
  name: "lean-js-cookie",
  setup(build) {
    build.onLoad({ filter: /js\.cookie\.mjs$/ }, async ({ path }) => ({
      contents: leanJsCookie(await readFile(path, "utf8")),
    }));
  },
};
