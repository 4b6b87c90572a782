import { useState } from "preact/hooks";
import { linkTo } from "../../address/route.ts";
import type { ApiError } from "../../api/client.ts";
import { api } from "../../api/endpoints.ts";
import { programs } from "../../api/programs.ts";
import type { Link } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { afterPress, focusFault, SelectField, Switch, TextField } from "../../parts/field.tsx";
import { notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import {
  draftOf,
  EVERFLOW_MORE,
  EVERFLOW_PAIR,
  type Faults,
  faultsOf,
  linkBody,
  linkChange,
} from "./link-draft.ts";
import { PartnerPicker } from "./partner-picker.tsx";

/** Where a refusal can be shown; any other is told above the buttons. */
const FIELDS = new Set([
  ...["program_id", "partner_id", "code", "destination_url", "everflow"],
  ...[...EVERFLOW_PAIR, ...EVERFLOW_MORE].map((name) => `everflow.${name}`),
]);

/** Makes a link, or changes one. What is typed is checked at once; a fault is shown once its field was left. */
export function LinkPanel({
  link,
  onClose,
  onSaved,
}: {
  link?: Link;
  onClose: () => void;
  onSaved: () => void;
}) {
  const [draft, setDraft] = useState(() => draftOf(link, programs.value));
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = useState<Faults>({});
  const [busy, setBusy] = useState(false);
  const program = programs.value.find(({ id }) => id === draft.program_id);
  const faults = faultsOf(draft, program, !link);
  const fault = (field: string) => refused[field] ?? (left.has(field) ? faults[field] : undefined);
  const change = (changes: Partial<typeof draft>) => {
    setDraft({ ...draft, ...changes });
    setRefused({});
  };
  const leave = (field: string) => () => afterPress(() => setLeft((before) => new Set([...before, field])));

  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (Object.keys(faults).length > 0) {
      setLeft(new Set(Object.keys(faults)));
      return focusFault(form);
    }
    setBusy(true);
    try {
      const { program_id, partner_id, code } = draft;
      const saved = link
        ? await api.changeLink(link.id, linkChange(draft, link))
        : await api.createLink({
            ...linkBody(draft),
            code: code.trim(),
            program_id: program_id!,
            partner_id: partner_id!,
          });
      notice(link ? `${saved.code} is changed.` : `${saved.code} is made: it can be given to the partner.`);
      onSaved();
    } catch (error) {
      const { message, field } = error as ApiError;
      setBusy(false);
      setRefused({ [field && FIELDS.has(field) ? field : ""]: message });
      focusFault(form);
    }
  };

  const text = (
    field: "code" | "destination_url",
    label: string,
    hint: string,
    type: "text" | "url" = "text",
  ) => (
    <TextField
      label={label}
      hint={hint}
      type={type}
      required
      disabled={field === "code" && link !== undefined}
      value={draft[field]}
      error={fault(field)}
      onInput={(value) => change({ [field]: value })}
      onBlur={leave(field)}
    />
  );
  const everflow = (name: string, label: string) => (
    <TextField
      key={name}
      label={label}
      value={draft.everflow[name] ?? ""}
      error={fault(`everflow.${name}`)}
      onInput={(value) => change({ everflow: { ...draft.everflow, [name]: value } })}
      onBlur={leave(`everflow.${name}`)}
    />
  );
  const inMore = EVERFLOW_MORE.some((name) => fault(`everflow.${name}`));
  return (
    <Panel title={link ? `Edit ${link.code}` : "New link"} onClose={onClose}>
      <form class="form" onSubmit={save} noValidate>
        {!link && programs.value.length > 1 && (
          <SelectField
            label="Program"
            value={String(draft.program_id ?? "")}
            error={fault("program_id")}
            onChange={(value) => change({ program_id: Number(value) || undefined })}
            options={[
              { value: "", label: "Choose…" },
              ...programs.value.map(({ id, name }) => ({ value: String(id), label: name })),
            ]}
          />
        )}
        {!link && programs.value.length === 0 && (
          <p class="error">
            There is no program yet: <a href={linkTo("/setup")}>make one under set-up</a> first.
          </p>
        )}
        {!link && (
          <PartnerPicker
            id={draft.partner_id}
            error={fault("partner_id")}
            onBlur={leave("partner_id")}
            onChange={(partner_id) => change({ partner_id })}
          />
        )}
        {text(
          "code",
          "Code",
          `Stands in the link as ?aff=CODE, exactly as it is written here.${link ? "" : " It cannot be changed later."}`,
        )}
        {text("destination_url", "Destination", "The page of the shop that visitors arrive on.", "url")}
        <Switch label="Active" on={draft.active} onChange={(active) => change({ active })} />
        <fieldset>
          <legend>Everflow</legend>
          <p class="soft">Left empty, clicks of this link are not sent to Everflow.</p>
          <div class="two">
            {everflow(EVERFLOW_PAIR[0], "Offer ID")}
            {everflow(EVERFLOW_PAIR[1], "Affiliate ID")}
          </div>
          {/* A fault in it opens it. */}
          <details {...(inMore && { open: true })}>
            <summary>Parameters that every click carries</summary>
            <div class="two">{EVERFLOW_MORE.map((name) => everflow(name, name))}</div>
          </details>
          {fault("everflow") && <p class="error">{fault("everflow")}</p>}
        </fieldset>
        {refused[""] && (
          <p class="error" role="alert">
            {refused[""]}
          </p>
        )}
        <div class="form-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" busy={busy}>
            {link ? "Save" : "Make link"}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
