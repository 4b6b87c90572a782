/** Both sandboxes, and the settings that point a program and its links at them. */

import { PROGRAMS } from "../seed/catalogue.ts";
import { openAvantlinkSandbox } from "./avantlink.ts";
import { openEverflowSandbox } from "./everflow.ts";
import type { Sandbox } from "./sandbox.ts";

export interface SandboxesOptions {
  /** Any free ones where unset. */
  ports?: { everflow: number; avantlink: number } | undefined;
  /** Gets one line for each request. */
  log?: ((line: string) => void) | undefined;
}

export interface Sandboxes {
  everflow: Sandbox;
  avantlink: Sandbox;
  /** `everflow` and `avantlink` of POST /api/admin/programs. */
  program: {
    everflow: { tracking_domain: string; api_base: string; advertiser_id: number; api_key_secret: string };
    avantlink: { merchant_id: string; base_url: string };
  };
  /** `everflow` of POST /api/admin/links, for the nth link of a program. */
  link(n: number): { offer_id: number; affiliate_id: number };
  /** The first link's affiliate's, for Everflow's click report. */
  affiliateKey: string;
  /** The values of the Worker secrets that the settings name, by name. */
  secrets: Record<string, string>;
  close(): Promise<void>;
}

const OFFER_ID = 2101;
const FIRST_AFFILIATE_ID = 411;
/** Those that have keys: as many as the demo has partners. */
const AFFILIATE_IDS = [FIRST_AFFILIATE_ID, 412, 413];
const MERCHANT_ID = "6d1b3d5c-8d59-4c43-9d0e-7a3c1f0b2e44";
/** Also those of a folder that was filled by `npm run seed`. */
const MERCHANTS = [MERCHANT_ID, ...PROGRAMS.flatMap(({ merchant_id }) => merchant_id ?? [])];
/** They open nothing but the sandbox, on this machine. */
const NETWORK_KEY = "sandbox-network-key";
const affiliateKey = (id: number) => `sandbox-affiliate-key-${id}`;

/** Fails as node:http does when a port is taken; the other sandbox is closed then. */
export async function openSandboxes({ ports, log }: SandboxesOptions = {}): Promise<Sandboxes> {
  const affiliates = Object.fromEntries(AFFILIATE_IDS.map((id) => [affiliateKey(id), id]));
  const keys = { network: NETWORK_KEY, affiliates };
  const everflow = await openEverflowSandbox({ port: ports?.everflow, log, keys });
  const avantlink = await openAvantlinkSandbox({
    port: ports?.avantlink,
    log,
    merchants: MERCHANTS,
  }).catch(async (error) => {
    await everflow.close();
    throw error;
  });
  return {
    everflow,
    avantlink,
    program: {
      everflow: {
        tracking_domain: everflow.url,
        api_base: everflow.url,
        advertiser_id: 1,
        api_key_secret: "EVERFLOW_API_KEY",
      },
      avantlink: { merchant_id: MERCHANT_ID, base_url: avantlink.url },
    },
    link: (n) => ({ offer_id: OFFER_ID, affiliate_id: FIRST_AFFILIATE_ID + n }),
    affiliateKey: affiliateKey(FIRST_AFFILIATE_ID),
    secrets: {
      EVERFLOW_API_KEY: NETWORK_KEY,
      ...Object.fromEntries(AFFILIATE_IDS.map((id) => [`EVERFLOW_API_KEY_${id}`, affiliateKey(id)])),
    },
    close: async () => {
      await Promise.all([everflow.close(), avantlink.close()]);
    },
  };
}
