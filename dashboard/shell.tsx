/** What is around every view: the ways to the others, and who is signed in. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { linkTo, path } from "./address/route.ts";
import { api } from "./api/endpoints.ts";
import { type Session, signedOut } from "./api/session.ts";
import { Button } from "./parts/button.tsx";
import { Icon, type IconName } from "./parts/icon.tsx";
import { attempt } from "./parts/notice.tsx";
import { switchTheme, theme } from "./parts/theme.ts";

const VIEWS: ReadonlyArray<{ to: string; label: string; icon: IconName; holds: RegExp; manager?: true }> = [
  { to: "/", label: "Links", icon: "links", holds: /^\/(links\/.*)?$/ },
  { to: "/live", label: "Live", icon: "live", holds: /^\/(live|clicks\/.*)$/ },
  { to: "/deliveries", label: "Deliveries", icon: "deliveries", holds: /^\/deliveries/, manager: true },
  { to: "/setup", label: "Set-up", icon: "setup", holds: /^\/setup/, manager: true },
];

export function Shell({ session, children }: { session: Session; children: ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const here = path.value;
  // A new view is announced by the focus on it.
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [here]);
  const view = VIEWS.find(({ holds }) => holds.test(here));
  useEffect(() => {
    document.title = view ? `${view.label} – Clickferry` : "Clickferry";
  }, [view]);
  const out = () =>
    attempt(async () => {
      await api.signOut();
      signedOut("by-hand");
    });
  return (
    <div class="shell">
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="side">
        <a class="brand" href={linkTo("/")}>
          <img src="/dashboard/icon.svg" alt="" />
          Clickferry
        </a>
        <nav aria-label="Views">
          {VIEWS.filter(({ manager }) => !manager || session.role === "admin").map(
            ({ to, label, icon, holds }) => (
              <a key={to} href={linkTo(to)} aria-current={holds.test(here) ? "page" : undefined}>
                <Icon name={icon} />
                {label}
              </a>
            ),
          )}
        </nav>
        <div class="who">
          <span>{session.partner?.name ?? "Manager"}</span>
          <Button
            kind="quiet"
            icon="theme"
            label={theme.value === "dark" ? "Light colours" : "Dark colours"}
            onClick={switchTheme}
          />
          {session.by !== "access" && <Button kind="quiet" icon="out" label="Sign out" onClick={out} />}
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
