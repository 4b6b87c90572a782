/** Clickferry's tracker: a page reached through a referral link sends one click and keeps the answer's id. */
import { captureClick, isLanding } from "./capture.ts";
import { readConfig } from "./config.ts";
import { keepClick, knownClickId } from "./cookie.ts";
import { randomId, sessionId } from "./id.ts";
import { sendClick } from "./send.ts";

async function track(): Promise<void> {
  const config = readConfig();
  if (!isLanding(location)) return;
  const click = captureClick(window, {
    _event: randomId(),
    _session: sessionId(),
    _existing: knownClickId(),
    _program: config._program,
  });
  keepClick(click, await sendClick(config._endpoint, click));
}

// Whatever fails, fails here: never in the merchant's page, nor in its error reports.
track().catch(() => {});
