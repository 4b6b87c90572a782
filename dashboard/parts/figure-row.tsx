import { change, count } from "./format.ts";

export interface Figure {
  label: string;
  /** undefined: not known yet, or not to be had. */
  value: number | undefined;
  /** There are more: not all were counted. */
  more?: boolean;
  /** Of the period before; undefined: not compared. */
  before?: number | undefined;
  /** More of it is not better: bots. */
  neutral?: boolean;
}

/** The sums of a view, each with its change where there is something to compare with. */
export function FigureRow({ figures }: { figures: Figure[] }) {
  return (
    <dl class="figures-row">
      {figures.map(({ label, value, more, before, neutral }) => (
        <div key={label} class="figure">
          <dt>{label}</dt>
          <dd>
            {value === undefined ? "–" : count(value)}
            {more && "+"}
            {value !== undefined && before !== undefined && (
              <Change {...{ value, before, neutral: neutral ?? false }} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function Change({ value, before, neutral }: { value: number; before: number; neutral?: boolean }) {
  const direction = neutral || value === before ? "" : value > before ? " up" : " down";
  return (
    <span class={`change${direction}`} title={`${count(before)} in the period before`}>
      {" "}
      {change(value, before) ?? "new"}
    </span>
  );
}
