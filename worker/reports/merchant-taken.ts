import type { z } from "zod";
import type { Refusal } from "./refusal.ts";
import type { Program } from "./schemas/program.ts";
import { prepare, sql } from "./sql.ts";

type Merchant = Pick<z.output<typeof Program>, "status" | "avantlink">;

/**
 * A click in AvantLink's dialect names its merchant alone, so of a merchant one program may be active. No index says so:
 * rows can be older than this rule. Two managers in the same instant can still break it, and the click is told then.
 *
 * @param wanted the program as it would be. @param before as it is; a rule that it breaks already may stay broken.
 */
export async function merchantTaken(
  db: D1Database,
  wanted: Merchant,
  before?: Merchant & { id: number },
): Promise<Refusal | undefined> {
  const merchant = activeMerchant(wanted);
  if (merchant === undefined || (before && merchant === activeMerchant(before))) return undefined;
  const other = await prepare(
    db,
    sql`SELECT id FROM programs WHERE avantlink ->> '$.merchant_id' = ${merchant} AND status = 'active'
      AND id <> ${before?.id ?? 0} LIMIT 1`,
  ).first<number>("id");
  if (other === null) return undefined;
  const field = "avantlink.merchant_id";
  return { kind: "conflict", field, error: `${field} is that of program ${other}, which is active` };
}

function activeMerchant({ status, avantlink }: Merchant): string | undefined {
  return status === "active" ? avantlink?.merchant_id : undefined;
}
