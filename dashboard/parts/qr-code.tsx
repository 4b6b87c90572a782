import { encode } from "uqr";

const QUIET = 4;

/** Dark on light in every theme: many readers do not take the inverse. */
export function QrCode({ text }: { text: string }) {
  const { data, size } = encode(text, { border: 0 });
  const edge = size + 2 * QUIET;
  const path = data
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : "")))
    .join("");
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${edge} ${edge}`}
      role="img"
      aria-label={`QR code of ${text}`}
      xmlns="http://www.w3.org/2000/svg"
    >
      <rect width={edge} height={edge} fill="#fff" />
      <path d={path} fill="#000" shape-rendering="crispEdges" />
    </svg>
  );
}
