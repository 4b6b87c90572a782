import type { ComponentChildren } from "preact";
import { encode } from "uqr";

const QUIET = 4;

/**
 * Dark on light in every theme: many readers do not take the inverse.
 *
 * @param children what can be done with it, where there is one.
 */
export function QrCode({ text, children }: { text: string; children: ComponentChildren }) {
  let code: ReturnType<typeof encode>;
  try {
    code = encode(text, { border: 0 });
  } catch {
    // uqr's RangeError: beyond 2,953 bytes there is no QR code.
    return <p>This address is too long for a QR code.</p>;
  }
  const { data, size } = code;
  const edge = size + 2 * QUIET;
  const path = data
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : "")))
    .join("");
  return (
    <>
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
      {children}
    </>
  );
}
