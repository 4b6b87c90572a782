import { z } from "zod";
import type { NetworkName } from "../../click.ts";

export const NETWORKS = ["everflow", "avantlink"] as const satisfies NetworkName[];
export const networkName = z.enum(NETWORKS);
