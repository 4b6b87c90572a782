import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { timeZone } from "../address/period.ts";
import { Button } from "./button.tsx";
import { tick } from "./format.ts";
import { theme } from "./theme.ts";

export interface Series {
  label: string;
  /** A custom property of tokens.css: "--series-1". */
  colour: string;
  values: (number | null)[];
  filled?: boolean;
  dashed?: boolean;
}

interface ChartProps {
  /** One sentence for those who do not see it. */
  label: string;
  /** Unix ms. */
  times: number[];
  series: Series[];
  height?: number;
  /** Of the axis and the legend. */
  format: (value: number) => string;
  /** How a time is written in the table beside it. */
  when: (instant: number) => string;
}

/** Lines over time; the same figures as a table at the press of a button. */
export function Chart({ label, times, series, height = 260, format, when }: ChartProps) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure class="chart">
      {asTable ? (
        <ChartTable {...{ label, times, series, format, when }} />
      ) : (
        <Plot {...{ label, times, series, height, format, when }} />
      )}
      <figcaption>
        <Button kind="quiet" onClick={() => setAsTable(!asTable)}>
          {asTable ? "As a chart" : "As a table"}
        </Button>
      </figcaption>
    </figure>
  );
}

function Plot({ label, times, series, height, format, when }: Required<ChartProps>) {
  const frame = useRef<HTMLDivElement>(null);
  const shade = theme.value;
  const zone = timeZone.value;
  // The colours are read from the page, so a change of the theme draws it anew.
  useEffect(() => {
    const element = frame.current!;
    const colour = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
    const axis = {
      stroke: colour("--soft-text"),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
    };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
        cursor: { points: { size: 7 }, drag: { x: false, y: false } },
        scales: { y: { range: (_, __, most) => [0, Math.max(4, most * 1.1)] } },
        axes: [
          {
            ...axis,
            space: 80,
            values: (_, splits, __, ___, step) => splits.map((split) => tick(split * 1000, step)),
          },
          { ...axis, size: 52, values: (_, splits) => splits.map((split) => format(split)) },
        ],
        series: [
          {
            value: (_, seconds: number | null) => (seconds === null ? "" : when(seconds * 1000)),
          },
          ...series.map(({ label, colour: name, values, filled, dashed }) => ({
            label,
            stroke: colour(name),
            width: 2,
            // A value without neighbours is no line.
            points: { show: times.length === 1 || values.filter(Number.isFinite).length * 2 < times.length },
            ...(filled && { fill: `color-mix(in srgb, ${colour(name)} 14%, transparent)` }),
            ...(dashed && { dash: [4, 4] }),
            value: (_: uPlot, value: number | null) => (value === null ? "" : format(value)),
          })),
        ],
      },
      [times.map((time) => time / 1000), ...series.map(({ values }) => values)],
      element,
    );
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [times, series, height, format, when, shade, zone]);
  return <div ref={frame} class="plot" role="img" aria-label={label} />;
}

function ChartTable({ label, times, series, format, when }: Omit<Required<ChartProps>, "height">) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class="table-frame low" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map(({ label }) => (
              <th key={label} scope="col" class="figures">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, i) => (
            <tr key={time}>
              <th scope="row">{when(time)}</th>
              {series.map(({ label, values }) => (
                <td key={label} class="figures">
                  {values[i] === null || values[i] === undefined ? "–" : format(values[i])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
