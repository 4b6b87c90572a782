/** What is typed into the form of a link, and what is wrong with it. Pure. The API has the last word. */

import { onOwnHosts } from "../../../worker/own-hosts.ts";
import type { Link, LinkChange, NewLink, Program } from "../../api/types.ts";

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

/** Both or neither. */
export const EVERFLOW_PAIR = ["offer_id", "affiliate_id"] as const;
export const EVERFLOW_MORE = [
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
const EVERFLOW_NUMBERS: readonly string[] = [...EVERFLOW_PAIR, "creative_id", "uid"];
const MAX_CODE_LENGTH = 128;

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
  if (isNew) faults.code = codeFault(draft.code.trim());
  faults.destination_url = destinationFault(draft.destination_url.trim(), program);
  const given = givenOf(draft.everflow);
  for (const name of EVERFLOW_NUMBERS) {
    const pair = given.size > 0 && (EVERFLOW_PAIR as readonly string[]).includes(name);
    const value = given.get(name);
    if (value === undefined ? pair : !/^[1-9]\d{0,14}$/.test(value)) {
      faults[`everflow.${name}`] = "Everflow's number: a whole number from 1.";
    }
  }
  return Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault));
}

function codeFault(code: string): string | undefined {
  if (!code) return "Enter a code: it stands in the link as ?aff=CODE.";
  if (code.length > MAX_CODE_LENGTH) return `It must be ${MAX_CODE_LENGTH} characters or fewer.`;
  // Every program's built-in link answers to it.
  return code.toLowerCase() === "avantlink" ? "This code is reserved. Choose another one." : undefined;
}

function destinationFault(text: string, program: Program | undefined): string | undefined {
  if (!text) return "Enter the page that the link leads to.";
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    return "It must be a whole address, such as https://shop.example/pricing.";
  }
  if (!program || onOwnHosts(text, program)) return undefined;
  const hosts = new Set([...program.domains, new URL(program.landing_url).hostname]);
  return `It must be on the program's own hosts: ${[...hosts].join(", ")}.`;
}

/** What is sent of a draft without faults. */
export function linkBody(draft: LinkDraft): Pick<NewLink, "destination_url" | "status" | "everflow"> {
  const values = [...givenOf(draft.everflow)].map(([name, value]) => [
    name,
    EVERFLOW_NUMBERS.includes(name) ? Number(value) : value,
  ]);
  return {
    destination_url: draft.destination_url.trim(),
    status: draft.active ? "active" : "inactive",
    everflow: values.length === 0 ? null : (Object.fromEntries(values) as NonNullable<NewLink["everflow"]>),
  };
}

/** What differs: Everflow's tracking link is forgotten with a change of its settings, and only with that. */
export function linkChange(draft: LinkDraft, link: Link): LinkChange {
  const before = linkBody(draftOf(link, []));
  const wanted = Object.entries(linkBody(draft)) as [keyof typeof before, unknown][];
  return Object.fromEntries(
    wanted.filter(([name, value]) => sorted(value) !== sorted(before[name])),
  ) as LinkChange;
}

function givenOf(everflow: LinkDraft["everflow"]): Map<string, string> {
  const trimmed = Object.entries(everflow).map(([name, value]) => [name, value.trim()] as const);
  return new Map(trimmed.filter(([, value]) => value));
}

function sorted(value: unknown): string {
  return JSON.stringify(value && typeof value === "object" ? Object.entries(value).sort() : value);
}
