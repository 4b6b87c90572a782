import { useEffect, useState } from "preact/hooks";
import { linkTo } from "../../address/route.ts";
import type { ApiError } from "../../api/client.ts";
import { api } from "../../api/endpoints.ts";
import type { Program, SetupCheck } from "../../api/types.ts";
import { StateBadge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { dateTime } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";

/** Between two looks, while a click is waited for. */
const PAUSE_MS = 2_000;

const NAMES = {
  page: "The page",
  script: "The script tag",
  csp: "The page's policy (CSP)",
  click: "The first click",
  cookie: "The cookie",
};
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
    const look = async () => {
      try {
        const found = await api.setupCheck(program.id, since, aborter.signal);
        setCheck(found);
        setError(undefined);
        if (found.steps.every(({ state }) => state === "ok")) return;
      } catch (failure) {
        if (aborter.signal.aborted) return;
        setError((failure as ApiError).message);
      }
      timer = setTimeout(look, PAUSE_MS);
    };
    void look();
    return () => {
      aborter.abort();
      clearTimeout(timer);
    };
  }, [since, program.id]);

  const landing = new URL(program.landing_url);
  landing.searchParams.set("affitor_test", "1");
  return (
    <section class="card">
      <div class="view-head">
        <h2>Does it work?</h2>
        <div class="actions">
          <Button kind={since === undefined ? "primary" : "plain"} onClick={() => setSince(Date.now())}>
            {since === undefined ? "Check the page" : "Begin again"}
          </Button>
        </div>
      </div>
      {since === undefined && (
        <p class="soft">
          Looks at {program.landing_url}, then waits for the first click from it: a test click will do, and is
          not counted.
        </p>
      )}
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {check && (
        <ol class="steps" aria-live="polite">
          {check.steps.map(({ step, state, words, hint }) => (
            <li key={step}>
              <div class="bar">
                <h3>{NAMES[step]}</h3>
                <StateBadge state={state} words={WORDS[state]} />
              </div>
              <p>{words}</p>
              {hint && <p class="soft">{hint}</p>}
            </li>
          ))}
        </ol>
      )}
      {check?.click && (
        <p class="soft">
          {check.click.test ? "Test click" : "Click"} of {dateTime(check.click.at)}
          {check.click.id && (
            <>
              : <a href={linkTo(`/clicks/${check.click.id}`)}>look at it</a>
            </>
          )}
        </p>
      )}
      {since !== undefined && (
        <p>
          <a class="button plain" href={landing.href} target="_blank" rel="noreferrer">
            <Icon name="external" />
            Open the page with a test click
          </a>
        </p>
      )}
    </section>
  );
}
