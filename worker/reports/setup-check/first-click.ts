/** The first click of a program since a moment, and whether its visitor came again: from the indexes of recording. */

const LOOKED_AT = 200;

export interface FirstClick {
  /** Null for a test event. */
  id: string | null;
  /** Unix ms. */
  at: number;
  page_url: string | null;
  is_bot: boolean;
  /** The visitor brought the cookie of an earlier click, with this one or a later one. */
  returned: boolean;
  /** The same browser came again, and was a new visitor. */
  forgotten: boolean;
}

interface EventRow {
  id: string;
  customer_id: string;
  at: number;
  link_id: number;
  page_url: string | null;
  is_bot: number;
  ip: string | null;
  user_agent: string | null;
}

/** A click counts for more than a test event, whichever came first. */
export async function firstClick(
  db: D1Database,
  programId: number,
  since: number,
): Promise<FirstClick | undefined> {
  const [events, tests] = (await db.batch([
    db.prepare(FIRST_EVENT).bind(programId, since),
    db.prepare(FIRST_TEST).bind(programId, since),
  ])) as [D1Result<EventRow>, D1Result<{ at: number; page_url: string | null }>];
  const event = events.results[0];
  if (event) return { ...event, is_bot: event.is_bot === 1, ...(await later(db, event)) };
  const test = tests.results[0];
  return test && { id: null, ...test, is_bot: false, returned: false, forgotten: false };
}

// One look into the index by link and time for each link that was clicked since; what came in another dialect was
// not the script's.
const FIRST_EVENT = `
  SELECT e.id, e.customer_id, e.at, e.link_id, COALESCE(e.page_url, e.affiliate_url) AS page_url, e.is_bot,
    e.ip, e.user_agent
  FROM (
    SELECT (SELECT id FROM (
        SELECT id, dialect FROM affiliate_click_events WHERE link_id = l.id AND at >= ?2 ORDER BY at LIMIT ${LOOKED_AT}
      ) WHERE dialect = 'affitor' LIMIT 1) AS id
    FROM referral_links l WHERE l.program_id = ?1 AND (l.last_clicked >= ?2 OR l.bot_clicks > 0)
  ) f CROSS JOIN affiliate_click_events e ON e.id = f.id ORDER BY e.at LIMIT 1`;

// A program keeps its newest thousand.
const FIRST_TEST = `
  SELECT at, COALESCE(click ->> '$.page.page_url', affiliate_url) AS page_url
  FROM test_click_events WHERE program_id = ?1 AND at >= ?2 ORDER BY id LIMIT 1`;

async function later(db: D1Database, event: EventRow): Promise<Pick<FirstClick, "returned" | "forgotten">> {
  if (event.customer_id !== event.id) return { returned: true, forgotten: false };
  const [returned, again] = await db.batch([
    db
      .prepare("SELECT 1 FROM affiliate_click_events WHERE customer_id = ?1 AND customer_id <> id LIMIT 1")
      .bind(event.id),
    db
      .prepare(
        `SELECT 1 FROM (
           SELECT id, customer_id, ip, user_agent FROM affiliate_click_events
           WHERE link_id = ?1 AND at > ?2 ORDER BY at LIMIT ${LOOKED_AT}
         ) WHERE customer_id = id AND ip = ?3 AND user_agent = ?4 LIMIT 1`,
      )
      .bind(event.link_id, event.at, event.ip, event.user_agent),
  ]);
  return { returned: returned!.results.length > 0, forgotten: again!.results.length > 0 };
}
