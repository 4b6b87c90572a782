/** What one row wants, checked as POST /links and PATCH /links/{id} check it. Pure. */

import type { z } from "zod";
import { onOwnHosts } from "../../own-hosts.ts";
import { inWords } from "../fault.ts";
import { BUILT_IN, FOREIGN_HOST, TAKEN } from "../links.ts";
import { LinkChange, NewLink } from "../schemas/link.ts";
import { EVERFLOW_COLUMNS, everflowOf, numberOf, sameEverflow } from "./everflow-cells.ts";
import type { Known, KnownLink } from "./known.ts";
import type { Row } from "./table.ts";

export interface RowError {
  /** The column. */
  field: string;
  error: string;
}

type NewLinkRow = z.output<typeof NewLink>;
type Change = z.output<typeof LinkChange>;

export type Draft = { line: number; code: string } & (
  | { action: "create"; link: NewLinkRow }
  | { action: "update"; before: KnownLink; change: Change }
  /** With `errors`: why it was not even looked at. */
  | { action: "unchanged"; errors?: RowError[] }
  | { action: "error"; errors: RowError[] }
);

export function draftOf(row: Row, known: Known): Draft {
  const { line, cells } = row;
  const code = cells.code ?? "";
  const place = { line, code };
  if (row.misfit) return { ...place, action: "error", errors: [{ field: "row", error: row.misfit }] };
  const elsewhere = ofOtherProgram(cells.program_id, known.program.id);
  if (elsewhere) return { ...place, ...elsewhere };
  const before = known.links.get(code);
  if (!before) return { ...place, ...creation(cells, known) };
  if (before.program_id !== known.program.id) {
    return { ...place, action: "error", errors: [TAKEN["referral_links.code"]] };
  }
  return { ...place, ...update(cells, before, known) };
}

/** A file of several programs, as the list of all links is, is imported into one of them at a time. */
function ofOtherProgram(cell: string | undefined, own: number): Decision | undefined {
  if (!cell) return undefined;
  const id = numberOf(cell);
  if (id === own) return undefined;
  const field = "program_id";
  if (typeof id === "string")
    return { action: "error", errors: [{ field, error: "program_id must be a number" }] };
  return {
    action: "unchanged",
    errors: [{ field, error: `belongs to program ${id}: it is left as it is` }],
  };
}

type Decision = Draft extends infer D ? (D extends Draft ? Omit<D, "line" | "code"> : never) : never;

function creation(cells: Row["cells"], known: Known): Decision {
  const partner = partnerOf(cells, known);
  const checked = NewLink.safeParse(
    {
      program_id: known.program.id,
      // Any number, where it is known already what is wrong with the partner.
      partner_id: "error" in partner ? 1 : partner.id,
      code: cells.code || undefined,
      destination_url: cells.destination_url || undefined,
      status: cells.status || undefined,
      everflow: everflowOf(cells, null),
    },
    { error: inWords },
  );
  const errors = [
    ...errorsOf(checked),
    ...("error" in partner ? [partner.error] : []),
    ...foreign(cells.destination_url, checked, known),
  ];
  return errors.length > 0 ? { action: "error", errors } : { action: "create", link: checked.data! };
}

/** Only what differs is checked: what is there stays, also where it would be refused today. */
function update(cells: Row["cells"], before: KnownLink, known: Known): Decision {
  const wanted: Record<string, unknown> = {};
  if (cells.destination_url && cells.destination_url !== before.destination_url) {
    wanted.destination_url = cells.destination_url;
  }
  if (cells.status && cells.status !== before.status) wanted.status = cells.status;
  const everflow = everflowOf(cells, before.everflow);
  if (!sameEverflow(everflow, before.everflow)) wanted.everflow = everflow;

  const checked = LinkChange.safeParse(wanted, { error: inWords });
  const errors = [...errorsOf(checked), ...otherPartner(cells, before)];
  if (wanted.destination_url) {
    if (before.kind === "avantlink") errors.push(said(BUILT_IN));
    else errors.push(...foreign(cells.destination_url, checked, known));
  }
  if (errors.length > 0) return { action: "error", errors };
  const change = checked.data!;
  return Object.keys(change).length > 0 ? { action: "update", before, change } : { action: "unchanged" };
}

function partnerOf(cells: Row["cells"], known: Known): { id: unknown } | { error: RowError } {
  const { partner_id, partner_name } = cells;
  if (partner_id) {
    const id = numberOf(partner_id);
    if (typeof id === "string" || known.partnerIds.has(id)) return { id };
    return { error: { field: "partner_id", error: "partner_id is no partner's" } };
  }
  if (!partner_name) return { id: undefined };
  const ids = known.partnerNames.get(partner_name) ?? [];
  if (ids.length === 1) return { id: ids[0] };
  const error =
    ids.length === 0
      ? "partner_name is no partner's"
      : "partner_name is several partners': give the partner_id";
  return { error: { field: "partner_name", error } };
}

/** The clicks say whom they belong to: see LinkChange. */
function otherPartner(cells: Row["cells"], before: KnownLink): RowError[] {
  const stays = (field: string, value: string | number | null) => [
    { field, error: `${field} of a link cannot be changed: it is ${value ?? "nobody's"}` },
  ];
  if (cells.partner_id) {
    return numberOf(cells.partner_id) === before.partner_id ? [] : stays("partner_id", before.partner_id);
  }
  if (!cells.partner_name || cells.partner_name === before.partner_name) return [];
  return stays("partner_name", before.partner_name);
}

function foreign(destination: string | undefined, checked: Checked, { program }: Known): RowError[] {
  const malformed = checked.error?.issues.some(({ path }) => path[0] === "destination_url");
  return destination && !malformed && !onOwnHosts(destination, program) ? [said(FOREIGN_HOST)] : [];
}

interface Checked {
  error?: z.ZodError | undefined;
}

function errorsOf({ error }: Checked): RowError[] {
  return (error?.issues ?? []).map(({ path, message }) => {
    const field =
      path[0] === "everflow" ? EVERFLOW_COLUMNS[path[1] as keyof typeof EVERFLOW_COLUMNS] : String(path[0]);
    return { field, error: `${field} ${message}` };
  });
}

function said({ field, error }: RowError): RowError {
  return { field, error };
}
