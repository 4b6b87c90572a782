import type { DatabaseSync } from "node:sqlite";
import type { Click } from "../../worker/click.ts";
import { outcome } from "./outcomes.ts";
import type { Random } from "./random.ts";

/** Tells what became of the deliveries that these clicks owe. */
export function settle(database: DatabaseSync, clicks: Click[], now: number, random: Random): void {
  const owed = database
    .prepare(
      `SELECT event_id, network, next_attempt_at AS at FROM deliveries
       WHERE event_id >= ? AND event_id <= ? AND state = 'pending' AND attempts = '[]' ORDER BY event_id, network`,
    )
    .all(clicks[0]!.id.slice(0, 8), `${clicks.at(-1)!.id.slice(0, 8)}g`) as unknown as Owed[];
  const update = database.prepare(
    `UPDATE deliveries SET state = ?, reason = ?, reference = ?, next_attempt_at = ?, attempts = ?
     WHERE event_id = ? AND network = ?`,
  );
  database.exec("BEGIN");
  for (const { event_id, network, at } of owed) {
    const what = outcome(network, at, now, random);
    if (!what) continue;
    const attempts = JSON.stringify(what.attempts);
    update.run(what.state, what.reason, what.reference, what.next_attempt_at, attempts, event_id, network);
  }
  database.exec("COMMIT");
}

interface Owed {
  event_id: string;
  network: "everflow" | "avantlink";
  at: number;
}
