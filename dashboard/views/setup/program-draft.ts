/** What is typed into the form of a program, and what is wrong with it. Pure. The API has the last word. */

import type { ApiError } from "../../api/client.ts";
import type { NewProgram, Program } from "../../api/types.ts";

/** Every field as it is typed. */
export interface ProgramDraft {
  name: string;
  landing_url: string;
  /** One a line. */
  domains: string;
  cookie_window_days: string;
  attribution_model: "last_click" | "first_click";
  honor_gpc: boolean;
  active: boolean;
  /** null: the network has no settings. */
  everflow: {
    enabled: boolean;
    tracking_domain: string;
    api_base: string;
    advertiser_id: string;
    click_id_param: string;
    api_key_secret: string;
    forward_visitor_headers: boolean;
  } | null;
  avantlink: { enabled: boolean; merchant_id: string; base_url: string } | null;
}

export type Faults = Record<string, string>;

export function everflowDraft(settings?: Program["everflow"]): NonNullable<ProgramDraft["everflow"]> {
  return {
    enabled: settings?.enabled ?? true,
    tracking_domain: settings?.tracking_domain ?? "",
    api_base: settings?.api_base ?? "",
    advertiser_id: settings?.advertiser_id ? String(settings.advertiser_id) : "",
    click_id_param: settings?.click_id_param ?? "sub5",
    api_key_secret: settings?.api_key_secret ?? "",
    forward_visitor_headers: settings?.forward_visitor_headers ?? true,
  };
}

export function avantlinkDraft(settings?: Program["avantlink"]): NonNullable<ProgramDraft["avantlink"]> {
  return {
    enabled: settings?.enabled ?? true,
    merchant_id: settings?.merchant_id ?? "",
    base_url: settings?.base_url ?? "",
  };
}

export function draftOf(program: Program | undefined): ProgramDraft {
  return {
    name: program?.name ?? "",
    landing_url: program?.landing_url ?? "",
    domains: program?.domains.join("\n") ?? "",
    cookie_window_days: String(program?.cookie_window_days ?? 60),
    attribution_model: program?.attribution_model ?? "last_click",
    honor_gpc: program?.honor_gpc ?? true,
    active: (program?.status ?? "active") === "active",
    everflow: program?.everflow ? everflowDraft(program.everflow) : null,
    avantlink: program?.avantlink ? avantlinkDraft(program.avantlink) : null,
  };
}

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** By the API's field names; what is right is absent. */
export function faultsOf(draft: ProgramDraft): Faults {
  const faults: Faults = {};
  if (!draft.name.trim()) faults.name = "Enter a name.";
  if (!isUrl(draft.landing_url))
    faults.landing_url = "It must be a whole address, such as https://shop.example/.";
  const days = Number(draft.cookie_window_days);
  if (!Number.isInteger(days) || days < 1 || days > 3650) {
    faults.cookie_window_days = "It must be a whole number of days, from 1 to 3650.";
  }
  const bad = hosts(draft.domains).find((host) => /[/:@?#\\%\s]/.test(host));
  if (bad) faults.domains = `"${bad}" must be a host name alone, such as shop.example.`;
  if (draft.everflow) {
    const { tracking_domain, api_base, advertiser_id, api_key_secret, click_id_param } = draft.everflow;
    if (!isOrigin(tracking_domain))
      faults["everflow.tracking_domain"] = "It must be an origin, such as https://www.acme-trk.example.";
    if (api_base.trim() && !isOrigin(api_base))
      faults["everflow.api_base"] = "It must be an origin, such as https://api.eflow.team.";
    if (advertiser_id.trim() && !/^[1-9]\d{0,14}$/.test(advertiser_id.trim()))
      faults["everflow.advertiser_id"] = "It must be a whole number from 1.";
    if (!/^[a-z][a-z0-9_]{0,31}$/.test(click_id_param.trim()))
      faults["everflow.click_id_param"] = "It must be a parameter's name, such as sub5.";
    if (api_key_secret.trim() && !/^[A-Z][A-Z0-9_]*$/.test(api_key_secret.trim())) {
      faults["everflow.api_key_secret"] =
        "It must be the name of a Worker secret, such as EVERFLOW_API_KEY; never the key itself.";
    }
  }
  if (draft.avantlink) {
    const { merchant_id, base_url } = draft.avantlink;
    if (!UUID.test(merchant_id.trim()))
      faults["avantlink.merchant_id"] = "It must be a UUID: AvantLink shows it with the merchant's settings.";
    if (base_url.trim() && !isOrigin(base_url))
      faults["avantlink.base_url"] = "It must be an origin, such as https://client.avantlink.com.";
  }
  return faults;
}

/** What the API refused, at the field of the form that it is about; at "" where the form has none. */
export function refusalOf({ field = "", message }: ApiError, draft: ProgramDraft): Faults {
  const [, host] = /^domains\.(\d+)$/.exec(field) ?? [];
  if (host) return { domains: message.replace(field, `"${hosts(draft.domains)[Number(host)]}"`) };
  const [group, name] = field.split(".") as [keyof ProgramDraft, string?];
  const shown = name ? Object.hasOwn(Object(draft[group]), name) : Object.hasOwn(draft, group);
  return shown ? { [field]: message.replace(field, "It") } : { "": message };
}

/** What is sent of a draft without faults. */
export function programBody(draft: ProgramDraft): Omit<NewProgram, "id"> {
  const { everflow, avantlink } = draft;
  const landing_url = draft.landing_url.trim();
  const domains = hosts(draft.domains);
  return {
    name: draft.name.trim(),
    landing_url,
    domains: domains.length > 0 ? domains : [new URL(landing_url).hostname],
    cookie_window_days: Number(draft.cookie_window_days),
    attribution_model: draft.attribution_model,
    honor_gpc: draft.honor_gpc,
    status: draft.active ? "active" : "inactive",
    everflow: everflow && {
      enabled: everflow.enabled,
      tracking_domain: everflow.tracking_domain.trim(),
      click_id_param: everflow.click_id_param.trim(),
      forward_visitor_headers: everflow.forward_visitor_headers,
      ...(everflow.api_base.trim() && { api_base: everflow.api_base.trim() }),
      ...(everflow.advertiser_id.trim() && { advertiser_id: Number(everflow.advertiser_id) }),
      ...(everflow.api_key_secret.trim() && { api_key_secret: everflow.api_key_secret.trim() }),
    },
    avantlink: avantlink && {
      enabled: avantlink.enabled,
      merchant_id: avantlink.merchant_id.trim(),
      ...(avantlink.base_url.trim() && { base_url: avantlink.base_url.trim() }),
    },
  };
}

function hosts(text: string): string[] {
  return text
    .split(/[\s,]+/)
    .map((host) => host.trim())
    .filter(Boolean);
}

function isUrl(text: string): boolean {
  return URL.canParse(text.trim()) && /^https?:$/.test(new URL(text.trim()).protocol);
}

function isOrigin(text: string): boolean {
  return isUrl(text) && new URL(text.trim()).href === `${new URL(text.trim()).origin}/`;
}
