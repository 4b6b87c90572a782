import { useEffect, useId, useState } from "preact/hooks";
import { linkTo } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { useResource } from "../../api/resource.ts";
import type { Partner } from "../../api/types.ts";
import { Field } from "../../parts/field.tsx";

const SHOWN = 20;

/** What stands behind a name in the list. */
const NUMBER = / \(#(\d+)\)$/;

/** A partner by name, out of any number; two of one name differ by their numbers. */
export function PartnerPicker(props: {
  id: number | undefined;
  onChange: (id: number | undefined) => void;
  onBlur: () => void;
  error: string | undefined;
}) {
  const { id, onChange, onBlur, error } = props;
  const [text, setText] = useState("");
  const list = useId();
  const q = text.trim().replace(NUMBER, "");
  const found = useResource(`partners ${q}`, (signal) => api.partners({ q, limit: SHOWN }, signal));
  const partners = found.data?.data ?? [];
  const chosen = chosenOf(text.trim(), partners);
  // Also when the partners come after the last key.
  useEffect(() => {
    if (chosen !== id) onChange(chosen);
  }, [chosen]);
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
            onInput={(event) => setText(event.currentTarget.value)}
            onBlur={onBlur}
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

function chosenOf(text: string, partners: Partner[]): number | undefined {
  const number = NUMBER.exec(text)?.[1];
  if (number) return Number(number);
  const same = partners.filter(({ name }) => name === text);
  return same.length === 1 ? same[0]!.id : undefined;
}
