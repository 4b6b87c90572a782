/** The only reader of the script tag. */

export interface Config {
  /** Where clicks are posted. */
  _endpoint: URL;
  /** undefined where the tag names none, or none that the collector would take. */
  _program: number | undefined;
}

/**
 * Call it while the script first runs: afterwards the page no longer says which tag is ours.
 * Affitor's attribute names are understood too (`data-affitor-program-id`, `data-affitor-api-base`).
 *
 * @throws {TypeError} when the tag's addresses are no URLs.
 */
export function readConfig(): Config {
  // A module script has no currentScript.
  const script = (document.currentScript ??
    document.querySelector("script[data-program],script[data-affitor-program-id]")) as HTMLScriptElement;
  const { program, affitorProgramId, affitorApiBase = "" } = script.dataset;
  return {
    _endpoint: new URL(
      affitorApiBase.replace(/\/?$/, "/api/v1/track/click"),
      // An inline script has no address; a proxy on the page's own host is then the best guess.
      script.src || location.href,
    ),
    // The collector refuses a program_id that is not an integer: better none than no click.
    _program: Number(program || affitorProgramId) >> 0 || undefined,
  };
}
