import { useState } from "preact/hooks";
import type { ApiError } from "../../api/client.ts";
import { api } from "../../api/endpoints.ts";
import type { Program } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { afterPress, Field, focusFault, SelectField, Switch, TextField } from "../../parts/field.tsx";
import { notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import {
  avantlinkDraft,
  draftOf,
  everflowDraft,
  type Faults,
  faultsOf,
  type ProgramDraft,
  programBody,
  refusalOf,
} from "./program-draft.ts";

interface ProgramPanelProps {
  program?: Program;
  onClose: () => void;
  onSaved: (program: Program) => void;
}

/** Makes a program, or changes one, with the settings of its networks. */
export function ProgramPanel({ program, onClose, onSaved }: ProgramPanelProps) {
  const [draft, setDraft] = useState(() => draftOf(program));
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = useState<Faults>({});
  const [busy, setBusy] = useState(false);
  const faults = faultsOf(draft);
  const fault = (field: string) => refused[field] ?? (left.has(field) ? faults[field] : undefined);
  const change = (changes: Partial<ProgramDraft>) => {
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
      const body = programBody(draft);
      const saved = program ? await api.changeProgram(program.id, body) : await api.createProgram(body);
      notice(
        program ? `${saved.name} is changed.` : `${saved.name} is made. Now its script goes into the page.`,
      );
      onSaved(saved);
    } catch (error) {
      setBusy(false);
      setRefused(refusalOf(error as ApiError, draft));
      focusFault(form);
    }
  };
  const text = (
    field: "name" | "landing_url" | "cookie_window_days",
    label: string,
    more: { hint?: string; type?: "url" | "number" } = {},
  ) => (
    <TextField
      label={label}
      {...more}
      required
      value={draft[field]}
      error={fault(field)}
      onInput={(value) => change({ [field]: value })}
      onBlur={leave(field)}
    />
  );
  return (
    <Panel title={program ? `Edit ${program.name}` : "New program"} onClose={onClose}>
      <form class="form" onSubmit={save} noValidate>
        {text("name", "Name")}
        {text("landing_url", "Landing page", {
          type: "url",
          hint: "Where the set-up check looks for the script.",
        })}
        <Field
          label="Hosts"
          error={fault("domains")}
          hint="One a line; subdomains belong to them. Left empty: the landing page's host."
        >
          {(control) => (
            <textarea
              {...control}
              rows={3}
              value={draft.domains}
              spellcheck={false}
              onInput={(event) => change({ domains: event.currentTarget.value })}
              onBlur={leave("domains")}
            />
          )}
        </Field>
        <div class="two">
          {text("cookie_window_days", "Cookie window, days", { type: "number" })}
          <SelectField
            label="Attribution"
            value={draft.attribution_model}
            onChange={(value) => change({ attribution_model: value as ProgramDraft["attribution_model"] })}
            options={[
              { value: "last_click", label: "Last click" },
              { value: "first_click", label: "First click" },
            ]}
          />
        </div>
        <Switch label="Active" on={draft.active} onChange={(active) => change({ active })} />
        <Switch
          label="Honour Global Privacy Control: such clicks stay here"
          on={draft.honor_gpc}
          onChange={(honor_gpc) => change({ honor_gpc })}
        />
        <EverflowFields {...{ draft, change, fault, leave }} />
        <AvantlinkFields {...{ draft, change, fault, leave }} />
        {refused[""] && (
          <p class="error" role="alert">
            {refused[""]}
          </p>
        )}
        <div class="form-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" busy={busy}>
            {program ? "Save" : "Make program"}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

interface NetworkFieldsProps {
  draft: ProgramDraft;
  change: (changes: Partial<ProgramDraft>) => void;
  fault: (field: string) => string | undefined;
  leave: (field: string) => () => void;
}

function EverflowFields({ draft: { everflow }, change, fault, leave }: NetworkFieldsProps) {
  type Name = "tracking_domain" | "api_base" | "advertiser_id" | "click_id_param" | "api_key_secret";
  const set = (changes: Partial<NonNullable<typeof everflow>>) =>
    change({ everflow: { ...everflow!, ...changes } });
  const text = (name: Name, label: string, hint?: string) => (
    <TextField
      label={label}
      hint={hint}
      required={name === "tracking_domain" || name === "click_id_param"}
      value={everflow![name]}
      error={fault(`everflow.${name}`)}
      onInput={(value) => set({ [name]: value })}
      onBlur={leave(`everflow.${name}`)}
    />
  );
  return (
    <fieldset>
      <legend>Everflow</legend>
      <Switch
        label="Clicks of links with an offer are owed to Everflow"
        on={everflow !== null}
        onChange={(on) => change({ everflow: on ? everflowDraft() : null })}
      />
      {everflow && (
        <>
          <Switch label="Send clicks" on={everflow.enabled} onChange={(enabled) => set({ enabled })} />
          {text(
            "tracking_domain",
            "Tracking domain",
            "Everflow shows it with the advertiser: https://www.acme-trk.example",
          )}
          <div class="two">
            {text("advertiser_id", "Advertiser ID")}
            {text("click_id_param", "Parameter with our click id")}
          </div>
          {text(
            "api_key_secret",
            "Secret of the API key",
            "The name of a Worker secret, such as EVERFLOW_API_KEY. For reconciliation and tracking links.",
          )}
          {text("api_base", "API, if not https://api.eflow.team")}
          <Switch
            label="Send the visitor's user agent and address as headers"
            on={everflow.forward_visitor_headers}
            onChange={(forward_visitor_headers) => set({ forward_visitor_headers })}
          />
        </>
      )}
    </fieldset>
  );
}

function AvantlinkFields({ draft: { avantlink }, change, fault, leave }: NetworkFieldsProps) {
  const set = (changes: Partial<NonNullable<typeof avantlink>>) =>
    change({ avantlink: { ...avantlink!, ...changes } });
  const text = (name: "merchant_id" | "base_url", label: string, hint?: string) => (
    <TextField
      label={label}
      hint={hint}
      required={name === "merchant_id"}
      value={avantlink![name]}
      error={fault(`avantlink.${name}`)}
      onInput={(value) => set({ [name]: value })}
      onBlur={leave(`avantlink.${name}`)}
    />
  );
  return (
    <fieldset>
      <legend>AvantLink</legend>
      <Switch
        label="Clicks that bring an avad are owed to AvantLink"
        on={avantlink !== null}
        onChange={(on) => change({ avantlink: on ? avantlinkDraft() : null })}
      />
      {avantlink && (
        <>
          <Switch label="Send clicks" on={avantlink.enabled} onChange={(enabled) => set({ enabled })} />
          {text("merchant_id", "Merchant ID", "A UUID.")}
          {text("base_url", "Host, if not https://client.avantlink.com")}
        </>
      )}
    </fieldset>
  );
}
