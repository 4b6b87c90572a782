/** Visitors of a referral link, many at a time over real sockets, each remembered with the answer it got. */

import { Agent, request } from "node:http";

/** One visitor's click. Its session names it in the database, whatever became of its answer. */
export interface SentClick {
  session: string;
  event_id?: string | undefined;
  /** AvantLink's token: with it the click is owed to AvantLink, too. */
  avad?: string | undefined;
  /** The click id that the visitor's cookie held. */
  existing_click_id?: string | undefined;
  /** What was answered; undefined when the connection broke before. */
  click_id?: string | undefined;
}

export interface ClickLoad {
  sent: SentClick[];
  /** Resolves when `count` clicks are answered. */
  answered(count: number): Promise<void>;
  /** Resolves when every connection has broken or has had its last answer. @throws what a refused click was told */
  stop(): Promise<void>;
}

const USER_AGENT =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

/**
 * Sends clicks on `connections` keep-alive connections, one after the other on each, until stopped or cut off.
 * Every third click carries an avad, every fourth an event_id, every fifth comes from a visitor who has clicked before.
 *
 * @param name begins the sessions: unlike that of any other load on the same database
 */
export function loadClicks(url: string, code: string, connections: number, name: string): ClickLoad {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const sent: SentClick[] = [];
  const known: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  let stopped = false;

  async function visitor(): Promise<void> {
    while (!stopped) {
      const n = sent.length;
      const click: SentClick = { session: `${name}-${n}` };
      if (n % 3 === 0) click.avad = `77_${n.toString(16)}`;
      if (n % 4 === 0) click.event_id = `event-${name}-${n}`;
      if (n % 5 === 0) click.existing_click_id = known[n % known.length];
      sent.push(click);
      click.click_id = await sendClick(url, code, click, agent);
      if (click.click_id === undefined) return;
      known.push(click.click_id);
      for (const { count, resolve } of waiting) if (known.length >= count) resolve();
    }
  }

  const visitors = Array.from({ length: connections }, visitor);
  // Awaited by stop(); a refusal before that is not to end the process.
  for (const one of visitors) one.catch(() => undefined);
  return {
    sent,
    answered: (count) =>
      Promise.race([
        new Promise<void>((resolve) => void waiting.push({ count, resolve })),
        Promise.all(visitors).then(() => {
          throw new Error(`The collector went away after ${known.length} answers`);
        }),
      ]),
    stop: async () => {
      stopped = true;
      await Promise.all(visitors);
      agent.destroy();
    },
  };
}

/** @returns the click id; undefined when the connection broke first. @throws on any answer but success */
export async function sendClick(
  url: string,
  code: string,
  { session, event_id, avad, existing_click_id }: SentClick,
  agent?: Agent,
): Promise<string | undefined> {
  const body = JSON.stringify({
    affiliate_url: `http://shop.localhost/?aff=${code}${avad ? `&avad=${avad}` : ""}`,
    page_url: "http://shop.localhost/",
    session_id: session,
    user_agent: USER_AGENT,
    existing_click_id,
    additional_data: event_id ? { event_id } : undefined,
  });
  const answer = await post(`${url}/api/v1/track/click`, body, agent).catch(() => undefined);
  if (!answer) return undefined;
  const click = answer.status === 200 ? (JSON.parse(answer.text) as { click_id?: string }) : undefined;
  if (!click?.click_id) throw new Error(`A click was answered ${answer.status} ${answer.text}`);
  return click.click_id;
}

/** node:http, because its agent keeps to a number of connections. Rejects unless the answer came whole. */
function post(
  url: string,
  body: string,
  agent: Agent | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
    const sending = request(url, { method: "POST", headers, ...(agent && { agent }) }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.once("error", reject);
      answer.once("end", () =>
        resolve({ status: answer.statusCode!, text: Buffer.concat(chunks).toString() }),
      );
    });
    sending.once("error", reject);
    sending.end(body);
  });
}
