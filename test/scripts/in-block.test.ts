import { expect, test } from "vitest";
import { inBlock } from "../../scripts/in-block.ts";

test("a script in a block runs as in a function, and leaves no globals", async () => {
  const code = `(() => {
    var log = [];
    function add(a, { b = 1 } = {}) {
        var sum = a + b;
        function twice() {
            return 2 * sum;
        }
        return twice();
    }
    async function later(n) {
        return add(await n);
    }
    log.push(later(1), add(2, {
        b: 3
    }));
    globalThis.logged = Promise.all(log);
})();`;
  new Function(inBlock(code))();
  const { logged } = globalThis as unknown as { logged: Promise<number[]> };

  expect(await logged).toEqual([4, 10]);
  expect(inBlock(code)).not.toMatch(/^ {4}(var|function|async)/m);
});

test("what would become a global is refused", () => {
  expect(() => inBlock("(() => {\n    function* each() {}\n})();")).toThrow("would be a global: ");
  expect(() => inBlock("var a = 1;")).toThrow("not wrapped in an arrow");
});
