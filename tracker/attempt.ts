/** The page may forbid cookies and storage by throwing at a mere look; undefined then. */
export function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {}
}
