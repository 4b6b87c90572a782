/** window.affitor: the public interface, as @affitor/tracker expects it, and what every part shares. */
import { settle, trackTest } from "./arrival.ts";
import { attempt } from "./attempt.ts";
import { forget, knownAffiliateUrl, knownClickId } from "./cookie.ts";
import { CONSENT, lines, say } from "./log.ts";
import type { Affitor, Data } from "./public.ts";

type Public = { -readonly [K in keyof Omit<Affitor, "getData">]: Affitor[K] } & {
  getData(from?: Affitor): Data;
};

interface Shared {
  _endpoint: URL;
  /** Nothing is stored or sent without. */
  _granted: boolean;
}

export const affitor = {
  loaded: true,
  init({ program, affitorProgramId, programId, debug, affitorDebug, domains } = {}) {
    // The collector refuses any other program_id than a positive integer: better none than no click.
    affitor.programId =
      +/^\d{1,15}$/.exec((program || affitorProgramId || programId) as string)! || affitor.programId;
    affitor.debugMode = /1|true|^$/.test(
      (debug ?? affitorDebug ?? (affitor.debugMode || /affitor_debug=1/.test(location.href))) as string,
    );
    if (affitor.debugMode || domains) {
      // The comments keep an app's bundler from looking for it among the app's own modules.
      import(
        /* webpackIgnore: true */ /* @vite-ignore */
        new URL("/tracker-more.js", affitor._endpoint) as unknown as string
      ).then((file) => file.default(lines, domains), attempt);
    }
  },
  consent(granted) {
    // "denied" is none.
    // biome-ignore lint/suspicious/noAssignInExpressions: two statements are seven bytes more
    say(CONSENT, (affitor._granted = granted === true));
    if (affitor._granted) settle();
    else forget();
  },
  trackTest,
  getClickId: () => knownClickId() || null,
  getData: ({ clickId, programId, affiliateUrl } = affitor) => ({
    clickId,
    programId,
    hasAttribution: !!clickId,
    affiliateUrl,
  }),
  get clickId() {
    return knownClickId() || null;
  },
  get affiliateUrl() {
    return knownAffiliateUrl() || null;
  },
  get hasAffiliateAttribution() {
    return !!affitor.clickId;
  },
} as Public & Shared;
