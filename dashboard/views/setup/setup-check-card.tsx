import { useEffect, useState } from "preact/hooks";
import { linkTo } from "../../address/route.ts";
import type { ApiError } from "../../api/client.ts";
import { api } from "../../api/endpoints.ts";
import type { Program, SetupCheck } from "../../api/types.ts";
import { StateBadge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { dateTime } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";
import { Loading } from "../../parts/states.tsx";

/** Between two looks, while a click is waited for: longer and longer, … */
const PAUSE_MS = 2_000;
const PAUSE_SHARE = 0.05;
/** … and not for ever: each asks the merchant's page. */
const MOST_MS = 600_000;

const NAMES = {
  page: "The page",
  script: "The script tag",
  csp: "The page's policy (CSP)",
  click: "The first click",
  cookie: "The cookie",
};
/** The API writes UTC; everything else on the page is in the zone that is looked at. */
const INSTANT = /\d{4}-\d\d-\d\dT[\d:]+Z/;
const WORDS = { ok: "in order", waiting: "waiting", problem: "to mend" };

/** Looks at the merchant's page, then waits for a click from it, and says what is wrong when none comes. */
export function SetupCheckCard({ program }: { program: Program }) {
  const [since, setSince] = useState<number>();
  const [check, setCheck] = useState<SetupCheck>();
  const [error, setError] = useState<string>();

  useEffect(() => {
    if (since === undefined) return;
    const aborter = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    let from = since;
    const look = async () => {
      // Not while nobody looks.
      if (document.hidden) {
        addEventListener("visibilitychange", look, { once: true, signal: aborter.signal });
        return;
      }
      const waited = Date.now() - since;
      if (waited > MOST_MS)
        return setError("It was looked at for ten minutes. Begin again when the page is ready.");
      try {
        const found = await api.setupCheck(program.id, from, aborter.signal);
        // This machine's clock may be ahead of the collector's: a click would be waited for in vain.
        from = Math.min(from, found.checked_at);
        setCheck(found);
        setError(undefined);
        if (found.steps.every(({ state }) => state === "ok")) return;
      } catch (failure) {
        if (aborter.signal.aborted) return;
        setError((failure as ApiError).message);
      }
      timer = setTimeout(look, Math.max(PAUSE_MS, waited * PAUSE_SHARE));
    };
    void look();
    return () => {
      aborter.abort();
      clearTimeout(timer);
    };
  }, [since, program.id]);

  const begin = () => {
    setCheck(undefined);
    setSince(Date.now());
  };
  const landing = new URL(program.landing_url);
  landing.searchParams.set("affitor_test", "1");
  return (
    <section class="card form">
      <div class="view-head">
        <h2>Does it work?</h2>
        <div class="actions">
          <Button kind={since === undefined ? "primary" : "plain"} onClick={begin}>
            {since === undefined ? "Check the page" : "Begin again"}
          </Button>
        </div>
      </div>
      <p class="soft">
        Looks at {program.landing_url}, then waits for the first click from it: a test click will do, and is
        not counted.
      </p>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {since !== undefined && !check && !error && <Loading label="Looking at the page" />}
      {check && (
        <>
          <ol class="steps" aria-live="polite">
            {check.steps.map(({ step, state, words, hint }) => (
              <li key={step} class={state}>
                <div class="bar">
                  <h3>{NAMES[step]}</h3>
                  <StateBadge state={state} words={WORDS[state]} />
                </div>
                <p>{words.replace(INSTANT, (at) => dateTime(Date.parse(at)))}</p>
                {hint && <p class="soft">{hint}</p>}
              </li>
            ))}
          </ol>
          <div class="actions">
            <Outward to={landing.href} words="Open the page with a test click" />
            {check.link && <Outward to={check.link} words="Open a referral link" />}
          </div>
          {!check.link && (
            <p class="soft">
              No click can be counted yet: make a <a href={linkTo("/setup/partners")}>partner</a>, then a{" "}
              <a href={linkTo("/")}>referral link</a>.
            </p>
          )}
          {check.click && (
            <p>
              {check.click.test ? "Test click" : "Click"} of {dateTime(check.click.at)}
              {check.click.id && (
                <>
                  : <a href={linkTo(`/clicks/${check.click.id}`)}>look at it</a>, or{" "}
                  <a href={linkTo("/live")}>watch what comes now</a>
                </>
              )}
            </p>
          )}
        </>
      )}
    </section>
  );
}

function Outward({ to, words }: { to: string; words: string }) {
  return (
    <a class="button plain" href={to} target="_blank" rel="noreferrer">
      <Icon name="external" />
      {words}
    </a>
  );
}
