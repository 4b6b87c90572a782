/** Carries the click id to the merchant's other domains, at the moment of use: no polling, no observers. */
import { hostOf, withClickId } from "./address.ts";
import { attempt } from "./attempt.ts";
import { carryInForms } from "./carry-in-forms.ts";
import { broadestDomain } from "./cookie.ts";

/** @returns the address as it should be; undefined for one that is to stay as it is. */
export type Carrying = (href: string | URL | null | undefined) => string | undefined;

/**
 * @param domains hosts, with all that is below them.
 * @param clickId asked for at the moment of use: null where there is none, undefined where the visitor did not allow it.
 */
export function carry(domains: string[], clickId: () => string | null | undefined): void {
  const hosts = domains.map((domain) => attempt(() => hostOf(domain)));

  const carrying: Carrying = (href) =>
    attempt(() => {
      if (!href) return undefined;
      const url = new URL(href, document.baseURI);
      const within = (host: string | undefined) => `.${url.hostname}`.endsWith(`.${host}`);
      if (!hosts.some(within)) return undefined;
      const id = clickId();
      // An address that was used before a no has the id still. Found by comparing: cookies are not touched here.
      if (id === undefined) {
        const before = url.href;
        const without = withClickId(url, null);
        return without === before ? undefined : without;
      }
      return id && !within(broadestDomain()) ? withClickId(url, id) : undefined;
    });

  const follow = (event: Event) => {
    // Of a link in a shadow tree the target is the host. An SVG link's href is an object.
    const link = event.composedPath().find((node) => typeof (node as HTMLAnchorElement).href === "string") as
      | HTMLAnchorElement
      | undefined;
    const href = carrying(link?.href);
    if (href) link!.href = href;
  };
  // auxclick: the middle button; contextmenu: "open in a new tab".
  for (const type of ["click", "auxclick", "contextmenu"]) {
    // First of all, for the page may stop the event; and last of all, for the page may set the address in it.
    addEventListener(type, follow, true);
    addEventListener(type, follow);
  }
  carryInForms(carrying, clickId);
  attempt(() => {
    const { open } = window;
    window.open = (url, ...rest) => open.call(window, carrying(url) || url, ...rest);
  });
}
