/** Carries the click id to the merchant's other domains, at the moment of use: no polling, no observers. */
import { attempt } from "./attempt.ts";
import { broadestDomain, CLICK_ID, keepClick, knownClickId } from "./cookie.ts";

/** Where it arrives no answer tells the window; this is a program's default. */
const WINDOW_DAYS = 60;

/** @returns the unix ms in an id; 0 without one. */
const madeAt = (id: string | undefined): number => Number(id?.split("_")[2]) || 0;

/**
 * Takes over the id in an address, if no own click is newer.
 *
 * @returns the id, or undefined where there is none to take.
 */
export function adopt(hrefs: string[]): string | undefined {
  const id = hrefs.map((href) => /[?&]affitor_click_id=(cust_\w+)/.exec(href)?.[1]).find(Boolean);
  if (!id || madeAt(id) <= madeAt(knownClickId())) return undefined;
  keepClick({ success: true, click_id: id, cookie_window_days: WINDOW_DAYS });
  return id;
}

/** @param domains hosts, with all that is below them. @param clickId asked for at the moment of use. */
export function carry(domains: string[], clickId: () => string | null): void {
  let site: string | undefined;

  /** undefined for an address that is none of the domains', or of this site, and where there is no click. */
  const carrying = (href: string | URL | null | undefined): string | undefined =>
    attempt(() => {
      const id = clickId();
      if (!id || !href) return undefined;
      site ??= broadestDomain();
      const url = new URL(href, document.baseURI);
      const within = (domain: string | undefined) => `.${url.hostname}`.endsWith(`.${domain}`);
      if (within(site) || !domains.some(within)) return undefined;
      url.searchParams.set(CLICK_ID, id);
      return url.href;
    });

  // auxclick: the middle button; contextmenu: "open in a new tab".
  for (const type of ["click", "auxclick", "contextmenu"]) {
    addEventListener(
      type,
      (event) => {
        // Of a link in a shadow tree the target is the host. An SVG link's href is an object.
        const link = event
          .composedPath()
          .find((node) => typeof (node as HTMLAnchorElement).href === "string");
        const href = carrying((link as HTMLAnchorElement | undefined)?.href);
        if (href) (link as HTMLAnchorElement).href = href;
      },
      true,
    );
  }

  /** By attributes: `form.action` may be a field of that name. */
  const submitting = (element: Element, attribute: string) => {
    const href = carrying(element.getAttribute(attribute));
    if (href) element.setAttribute(attribute, href);
  };
  addEventListener(
    "submit",
    ({ target, submitter }) => {
      submitting(target as Element, "action");
      if (submitter) submitting(submitter, "formaction");
    },
    true,
  );
  // A form sent by GET replaces the address's query by its fields, so there the id has to be a field.
  addEventListener("formdata", ({ target, formData }) => {
    const form = target as Element;
    if (!/post/i.test(form.getAttribute("method") || "") && carrying(form.getAttribute("action"))) {
      formData.set(CLICK_ID, clickId()!);
    }
  });
  attempt(() => {
    // Sends without an event.
    const { submit } = HTMLFormElement.prototype;
    HTMLFormElement.prototype.submit = function () {
      submitting(this, "action");
      submit.call(this);
    };
  });
  attempt(() => {
    const { open } = window;
    window.open = (url, ...rest) => open.call(window, carrying(url) || url, ...rest);
  });
}
