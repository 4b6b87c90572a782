/**
 * Forms carry the click id: sent by POST in their address, sent by GET as a field, for there the fields replace the
 * address's query.
 */
import { attempt } from "./attempt.ts";
import type { Carrying } from "./carry.ts";
import { CLICK_ID } from "./cookie.ts";

export function carryInForms(carrying: Carrying, clickId: () => string | null | undefined): void {
  /** The button of the submission under way: it may have an address and a method of its own. */
  let button: Element | null | undefined;

  /** By attributes: `form.action` may be a field of that name. @param fields undefined before they are known. */
  const send = (form: Element, fields?: FormData) => {
    const from = (name: string) => (button?.hasAttribute(`form${name}`) ? button : undefined);
    const method = from("method")?.getAttribute("formmethod") ?? form.getAttribute("method");
    const [element, name] = from("action") ? [button!, "formaction"] : [form, "action"];
    const href = carrying(element.getAttribute(name));
    if (!href) return;
    const id = clickId();
    if (id && !/^post$/i.test(method!)) fields?.set(CLICK_ID, id);
    else element.setAttribute(name, href);
  };
  const submitted = ({ target, submitter }: SubmitEvent) => {
    button = submitter;
    // Over when the browser has read the form, or the page has prevented it.
    setTimeout(() => (button = undefined));
    // Not in formdata alone: Chromium has read the address by then, and Safari before 15 has no formdata.
    send(target as Element);
  };
  const read = ({ target, formData }: FormDataEvent) => send(target as Element, formData);
  const listen = (target: Window | HTMLFormElement) => {
    // First of all and last of all, as with links.
    target.addEventListener("submit", submitted as EventListener, true);
    target.addEventListener("submit", submitted as EventListener);
    target.addEventListener("formdata", read as EventListener, true);
  };
  listen(window);
  // Neither event leaves a shadow tree; the click on the button does, which the Enter key makes, too.
  addEventListener(
    "click",
    (event) => {
      for (const node of event.composedPath()) {
        const form = (node as HTMLButtonElement).form;
        if (form instanceof HTMLFormElement && form.getRootNode() !== document) listen(form);
      }
    },
    true,
  );
  attempt(() => {
    // Sends without an event and without a button.
    const { submit } = HTMLFormElement.prototype;
    HTMLFormElement.prototype.submit = function () {
      button = undefined;
      send(this);
      submit.call(this);
    };
  });
}
