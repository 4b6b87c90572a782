/** What is typed into the form of a link, and what is wrong with it. Pure. The API has the last word. */

import type { Link, NewLink, Program } from "../../api/types.ts";

/** Every field as it is typed. */
export interface LinkDraft {
  program_id: number | undefined;
  partner_id: number | undefined;
  code: string;
  destination_url: string;
  active: boolean;
  /** Everflow's, by the API's names. */
  everflow: Record<string, string>;
}

export type Faults = Record<string, string | undefined>;

export const EVERFLOW_NUMBERS = ["offer_id", "affiliate_id"] as const;
export const EVERFLOW_TEXTS = [
  "sub1",
  "sub2",
  "sub3",
  "sub4",
  "sub5",
  "source_id",
  "creative_id",
  "uid",
  "coupon_code",
] as const;

export function draftOf(link: Link | undefined, programs: Program[]): LinkDraft {
  const everflow = Object.entries(link?.everflow ?? {}).map(([name, value]) => [name, String(value)]);
  return {
    program_id: link?.program_id ?? (programs.length === 1 ? programs[0]!.id : undefined),
    partner_id: link?.partner_id ?? undefined,
    code: link?.code ?? "",
    destination_url: link?.destination_url ?? (programs.length === 1 ? programs[0]!.landing_url : ""),
    active: (link?.status ?? "active") === "active",
    everflow: Object.fromEntries(everflow),
  };
}

/** By the API's field names; what is right is absent. */
export function faultsOf(draft: LinkDraft, program: Program | undefined, isNew: boolean): Faults {
  const faults: Faults = {};
  if (isNew && draft.program_id === undefined) faults.program_id = "Choose a program.";
  if (isNew && draft.partner_id === undefined) faults.partner_id = "Choose a partner from the list.";
  if (isNew && !draft.code.trim()) faults.code = "Enter a code: it stands in the link as ?aff=CODE.";
  faults.destination_url = destinationFault(draft.destination_url.trim(), program);
  const given = Object.entries(draft.everflow).filter(([, value]) => value.trim());
  if (given.length > 0) {
    for (const name of EVERFLOW_NUMBERS) {
      if (!/^[1-9]\d{0,14}$/.test(draft.everflow[name]?.trim() ?? "")) {
        faults[`everflow.${name}`] = "Everflow's number: a whole number from 1.";
      }
    }
  }
  return Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault));
}

function destinationFault(text: string, program: Program | undefined): string | undefined {
  if (!text) return "Enter the page that the link leads to.";
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    return "It must be a whole address, such as https://shop.example/pricing.";
  }
  const host = new URL(text).hostname;
  const own = program?.domains.some((domain) => host === domain || host.endsWith(`.${domain}`)) ?? true;
  return own ? undefined : `It must be on the program's own hosts: ${program!.domains.join(", ")}.`;
}

/** What is sent of a draft without faults. */
export function linkBody(draft: LinkDraft): Pick<NewLink, "destination_url" | "status" | "everflow"> {
  const given = Object.entries(draft.everflow)
    .map(([name, value]) => [name, value.trim()] as const)
    .filter(([, value]) => value);
  const numbers: readonly string[] = EVERFLOW_NUMBERS;
  return {
    destination_url: draft.destination_url.trim(),
    status: draft.active ? "active" : "inactive",
    everflow:
      given.length === 0
        ? null
        : (Object.fromEntries(
            given.map(([name, value]) => [name, numbers.includes(name) ? Number(value) : value]),
          ) as NonNullable<NewLink["everflow"]>),
  };
}
