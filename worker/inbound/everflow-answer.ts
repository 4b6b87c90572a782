/** Seed 000's five fields. Pure. */

import type { Program } from "../click.ts";
import type { EverflowPair } from "./everflow-query.ts";

/** "Traffic control" among Everflow's click error codes (CONTRACTS 4). */
export const TRAFFIC_CONTROL = 24;

export interface EverflowAnswer {
  /** The affiliate's id in /clk, the advertiser's in /sdk/click. */
  aid: number;
  /** 0 indicates success. */
  error_code: number;
  oid: number;
  /** Hours: the program's cookie window. */
  session_duration: number;
  /** 32 hexadecimal characters; empty without success. */
  transaction_id: string;
}

export function everflowAnswer(
  { oid }: EverflowPair,
  aid: number,
  program: Program,
  result: { error_code: number; transaction_id: string },
): EverflowAnswer {
  return { aid, oid, session_duration: program.cookie_window_days * 24, ...result };
}
