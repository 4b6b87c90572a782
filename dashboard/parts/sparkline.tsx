const WIDTH = 96;
const HEIGHT = 24;

/** A line without axes: the shape of the last days, beside figures that say the rest. */
export function Sparkline({ values, label }: { values: number[]; label: string }) {
  const most = Math.max(1, ...values);
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map(
    (value, i) => `${(i * step).toFixed(1)} ${(HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1)}`,
  );
  const line = `M${points.join("L")}`;
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={label}
      preserveAspectRatio="none"
    >
      <path class="area" d={`${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}z`} />
      <path class="line" d={line} />
    </svg>
  );
}
