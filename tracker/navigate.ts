/** Tells of every change of the address inside a document, at once: before a router can change it again. */

export function onNavigate(look: () => void): void {
  if (self.NavigateEvent) navigation.addEventListener("currententrychange", look);
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
