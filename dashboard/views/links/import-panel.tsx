import { useState } from "preact/hooks";
import { api } from "../../api/endpoints.ts";
import { programs } from "../../api/programs.ts";
import type { LinkImport } from "../../api/types.ts";
import { StateBadge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Field, SelectField } from "../../parts/field.tsx";
import { count } from "../../parts/format.ts";
import { notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Table } from "../../parts/table.tsx";

/** Of a preview: a file may have thousands of rows. Those with errors come first. */
const SHOWN = 200;
/** What the API takes. */
const MAX_BYTES = 2 * 1024 * 1024;
const EXAMPLE = "code,destination_url,partner_name\nSPRING,https://shop.example/sale,Trail Blog";

/** A CSV file is shown as what it would do before it does it. */
export function ImportPanel({ onClose, onImported }: { onClose: () => void; onImported: () => void }) {
  const [program, setProgram] = useState(String(programs.value[0]?.id ?? ""));
  const [csv, setCsv] = useState("");
  const [preview, setPreview] = useState<LinkImport>();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const refused = ({ message }: Error) => setFault(message.replace(/^body /, "The file "));
  // What is busy cannot be changed: a preview is of what is on screen.
  const run = async (dryRun: boolean) => {
    setBusy(true);
    setFault(undefined);
    const result = await api.importLinks(Number(program), csv, dryRun).catch(refused);
    setBusy(false);
    if (!result) return;
    if (dryRun) return setPreview(result);
    const { created, updated, failed } = result;
    notice(
      `${count(created)} made, ${count(updated)} changed${failed > 0 ? `, ${count(failed)} left out for their errors` : ""}.`,
    );
    onImported();
  };
  const change = (text: string) => {
    setCsv(text);
    setPreview(undefined);
    setFault(undefined);
  };
  const read = async (file: File | undefined) => {
    if (!file) return;
    change("");
    if (file.size > MAX_BYTES) return setFault("The file is larger than 2 MiB. Divide it.");
    setBusy(true);
    setCsv((await file.text().catch(refused)) ?? "");
    setBusy(false);
  };
  const useful = (preview?.created ?? 0) + (preview?.updated ?? 0);
  return (
    <Panel title="Import links" onClose={onClose}>
      <div class="form">
        {programs.value.length > 1 && (
          <SelectField
            label="Program"
            disabled={busy}
            value={program}
            onChange={(value) => {
              setProgram(value);
              change(csv);
            }}
            options={programs.value.map(({ id, name }) => ({ value: String(id), label: name }))}
          />
        )}
        <Field label="CSV file" hint="A file that was exported here can be changed and imported again.">
          {(control) => (
            <input
              {...control}
              disabled={busy}
              type="file"
              accept=".csv,text/csv"
              onChange={(event) => read(event.currentTarget.files?.[0])}
            />
          )}
        </Field>
        <Field
          label="Or its text"
          error={fault}
          hint="The first row names the columns: code, destination_url, partner_id or partner_name, status, everflow_offer_id, everflow_affiliate_id, sub1 to sub5 and so on."
        >
          {(control) => (
            <textarea
              {...control}
              disabled={busy}
              rows={6}
              value={csv}
              placeholder={EXAMPLE}
              spellcheck={false}
              onInput={(event) => change(event.currentTarget.value)}
            />
          )}
        </Field>
        {preview && <Preview result={preview} />}
        <div class="form-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind={preview ? "plain" : "primary"}
            busy={busy}
            disabled={!csv.trim() || !program}
            onClick={() => run(true)}
          >
            Preview
          </Button>
          {preview && (
            <Button kind="primary" busy={busy} disabled={useful === 0} onClick={() => run(false)}>
              {`Import ${count(useful)} ${useful === 1 ? "link" : "links"}`}
            </Button>
          )}
        </div>
      </div>
    </Panel>
  );
}

const STATES = { create: "ok", update: "pending", unchanged: "inactive", error: "problem" } as const;
const WORDS = { create: "new", update: "changed", unchanged: "as it is", error: "error" } as const;

function Preview({ result }: { result: LinkImport }) {
  const { created, updated, unchanged, failed, rows, ignored_columns } = result;
  const ordered = [...rows].sort((a, b) => Number(b.action === "error") - Number(a.action === "error"));
  return (
    <section aria-label="Preview" aria-live="polite">
      <p>
        {count(created)} new, {count(updated)} changed, {count(unchanged)} as they are,{" "}
        <strong class={failed > 0 ? "error" : undefined}>{count(failed)} with errors</strong>
        {failed > 0 && ", which are left out"}.
      </p>
      {ignored_columns.length > 0 && <p>Columns that are not read: {ignored_columns.join(", ")}</p>}
      <Table
        label="Rows of the file"
        rows={ordered.slice(0, SHOWN)}
        id={({ line }) => line}
        columns={[
          { key: "line", head: "Line", cell: ({ line }) => line },
          { key: "code", head: "Code", cell: ({ code }) => <span class="cut">{code}</span> },
          {
            key: "action",
            head: "What happens",
            cell: ({ action, errors }) => (
              <>
                <StateBadge state={STATES[action]} words={WORDS[action]} />
                {errors.map(({ field, error }) => (
                  <span key={field} class="under error">
                    {error}
                  </span>
                ))}
              </>
            ),
          },
        ]}
      />
      {rows.length > SHOWN && (
        <p class="soft">
          The first {SHOWN} of {count(rows.length)} rows.
        </p>
      )}
    </section>
  );
}
