/** Clickferry's tracker, as a script tag: sends one click for everyone who arrives through a referral link. */
import { attempt } from "./attempt.ts";
import { init } from "./init.ts";

// Whatever fails, fails here: never in the merchant's page, nor in its error reports. Included twice it runs once.
attempt(() => {
  if (self.affitor?.loaded) return;
  // A module script has no currentScript.
  const { currentScript } = document;
  const script =
    // An image called currentScript stands before it.
    (
      /Scr/.test(currentScript as unknown as string)
        ? currentScript
        : document.querySelector("script[data-program]")
    ) as HTMLScriptElement;
  // An inline script has no address; a proxy on the page's own host is then the best guess.
  init(script.dataset, script.src || location.href);
});
