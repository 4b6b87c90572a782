import { vi } from "vitest";

const real = Date.now.bind(Date);

/** Lets the Worker's clock go on from this moment (unix ms), until mocks are restored. */
export function clockAt(moment: number): void {
  const ahead = moment - real();
  vi.spyOn(Date, "now").mockImplementation(() => real() + ahead);
}
