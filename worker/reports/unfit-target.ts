import { type TargetRules, targetFault } from "../networks/target.ts";
import type { Refusal } from "./refusal.ts";

interface Targets {
  everflow?: { tracking_domain: string; api_base?: string | undefined } | null | undefined;
  avantlink?: { base_url?: string | undefined } | null | undefined;
}

/**
 * What is wrong with a network's address that a program is saved with: said while its manager is there to hear it,
 * for the courier would refuse to call it, click by click. Pure.
 */
export function unfitTarget({ everflow, avantlink }: Targets, rules: TargetRules): Refusal | undefined {
  const targets = {
    "everflow.tracking_domain": everflow?.tracking_domain,
    "everflow.api_base": everflow?.api_base,
    "avantlink.base_url": avantlink?.base_url,
  };
  for (const [field, target] of Object.entries(targets)) {
    const fault = target === undefined ? undefined : targetFault(target, rules);
    if (fault) return { kind: "invalid", field, error: `${field} ${fault}` };
  }
  return undefined;
}
