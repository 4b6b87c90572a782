import { useId, useState } from "preact/hooks";
import { linkTo } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { useResource } from "../../api/resource.ts";
import { Field } from "../../parts/field.tsx";

const SHOWN = 20;

/** A partner by name, out of any number; two of one name differ by their numbers. */
export function PartnerPicker(props: {
  id: number | undefined;
  onChange: (id: number | undefined) => void;
  error: string | undefined;
}) {
  const { id, onChange, error } = props;
  const [text, setText] = useState("");
  const list = useId();
  const q = text.replace(/ \(#\d+\)$/, "");
  const found = useResource(`partners ${q}`, (signal) => api.partners({ q, limit: SHOWN }, signal));
  const partners = found.data?.data ?? [];
  const type = (value: string) => {
    setText(value);
    const numbered = /\(#(\d+)\)$/.exec(value)?.[1];
    const same = partners.filter(({ name }) => name === value);
    onChange(numbered ? Number(numbered) : same.length === 1 ? same[0]!.id : undefined);
  };
  return (
    <Field
      label="Partner"
      error={error ?? found.error?.message}
      hint={
        id === undefined ? (
          <>
            Type part of the name and choose. New partners are made under{" "}
            <a href={linkTo("/setup/partners")}>set-up</a>.
          </>
        ) : (
          `Partner ${id} is chosen.`
        )
      }
    >
      {(control) => (
        <>
          <input
            {...control}
            list={list}
            value={text}
            autocomplete="off"
            required
            onInput={(event) => type(event.currentTarget.value)}
          />
          <datalist id={list}>
            {partners.map(({ id, name }) => (
              <option key={id} value={`${name} (#${id})`} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
