/** A language tag as browsers send it, no longer than is stored. */
const TAG = /^[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,3}$/i;

/** @returns the language that an Accept-Language header wants most, such as "fr-CA"; undefined where it names none. Pure. */
export function preferredLanguage(header: string): string | undefined {
  const wanted = header
    .slice(0, 256)
    .split(",")
    .map((range) => {
      const [tag = "", q] = range.split(/\s*;\s*q=/, 2);
      return { tag: tag.trim(), weight: q === undefined ? 1 : Number(q) };
    })
    .filter(({ tag, weight }) => TAG.test(tag) && weight > 0);
  // Stable: of equal weight the first.
  return wanted.toSorted((a, b) => b.weight - a.weight)[0]?.tag;
}
