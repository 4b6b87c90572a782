/** Tells of every change of the address inside a document, at once: before a router can change it again. */

export function onNavigate(look: () => void): void {
  const here = window as { navigation?: EventTarget; NavigateEvent?: unknown };
  if (here.NavigateEvent) here.navigation!.addEventListener("currententrychange", look);
  else {
    addEventListener("popstate", look);
    for (const name of ["pushState", "replaceState"] as const) {
      const original = history[name];
      history[name] = (...given) => {
        original.apply(history, given);
        look();
      };
    }
  }
}
