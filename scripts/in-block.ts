/**
 * A script's own scope as a block instead of a function that is called: 27 bytes less of the compressed tracker.
 *
 * What a block declares with `let` stays in it; `var` and function declarations would become the page's globals, so
 * both are rewritten, functions as arrows. The tracker's use no `this`, no `arguments`, and none before it is declared.
 *
 * @param code as terser prints it with `beautify`, wrapped in an arrow.
 * @throws {Error} naming the line, when something else stands at the top.
 */
export function inBlock(code: string): string {
  const inside = /^\(\(\) => \{\n([\s\S]*\n)\}\)\(\);\s*$/.exec(code)?.[1];
  if (!inside) throw new Error("not wrapped in an arrow");
  const rewritten = inside
    .replace(/^ {4}var /gm, "    let ")
    .replace(
      /^ {4}(async )?function (\w+)(\(.*\)) \{\n([\s\S]*?\n) {4}\}$/gm,
      (_, async = "", name, given, body) => `    let ${name} = ${async}${given} => {\n${body}    };`,
    );
  const leak = rewritten.split("\n").find((line) => /^ {4}(var|(async )?function)\b/.test(line));
  if (leak) throw new Error(`would be a global: ${leak}`);
  return `{\n${rewritten}}\n`;
}
