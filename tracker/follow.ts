import type { Line } from "./log.ts";

/** Calls `each` with all lines there are and all that come. */
export function follow(lines: Line[], each: (line: Line) => void): void {
  for (const line of [...lines]) each(line);
  const push = lines.push.bind(lines);
  lines.push = (...added) => {
    const length = push(...added);
    for (const line of added) each(line);
    return length;
  };
}
