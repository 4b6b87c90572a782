import { plainWords } from "../networks/words.ts";

/** workerd's words for a host that it cannot find or reach; the reference is another one each time. */
const NO_WAY_THERE = /^internal error; reference/;

/**
 * @returns why fetch() failed, in words that stay the same for the same cause: reasons are counted by them. What is left
 * out of them is logged, without `secrets`.
 */
export function connectionWords(error: unknown, secrets: readonly string[] = []): string {
  const words = plainWords(error instanceof Error ? error.message : String(error), secrets);
  if (!NO_WAY_THERE.test(words)) return words;
  console.warn(`calling out failed: ${words}`);
  return "the host could not be found or reached";
}
