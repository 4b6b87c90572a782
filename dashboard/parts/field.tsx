import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface FieldProps {
  label: string;
  /** What it is for, or how it is written. */
  hint?: ComponentChildren;
  /** What is wrong with it; undefined while nothing is. */
  error?: string | undefined;
}

type Control = { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean | undefined };

/** Label, control, hint and fault, tied together for screen readers. */
export function Field(props: FieldProps & { children: (control: Control) => ComponentChildren }) {
  const { label, hint, error, children } = props;
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  return (
    <div class={`field${error ? " faulty" : ""}`}>
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": described, "aria-invalid": error ? true : undefined })}
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

let pressed = false;
for (const type of ["pointerdown", "pointerup", "pointercancel"]) {
  addEventListener(type, () => {
    pressed = type === "pointerdown";
  });
}

/**
 * A fault that appears moves what stands below it: when a field is left by a click, not before the click is over, or
 * it would miss.
 */
export function afterPress(action: () => void): void {
  if (pressed) addEventListener("pointerup", () => setTimeout(action), { once: true });
  else action();
}

/** Leads to the first fault of a form, once it is shown. */
export function focusFault(form: HTMLFormElement): void {
  setTimeout(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}

interface TextProps extends FieldProps {
  value: string;
  onInput: (value: string) => void;
  /** Asked when the field is left: what is wrong with it may then be said. */
  onBlur?: () => void;
  type?: "text" | "url" | "number" | "password" | "date" | "search";
  placeholder?: string;
  required?: boolean;
  disabled?: boolean;
  autoFocus?: boolean;
  autocomplete?: string;
  name?: string;
}

export function TextField({ label, hint, error, onInput, autoFocus, ...input }: TextProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <input
          {...control}
          {...input}
          spellcheck={false}
          ref={(element) => {
            // Once, when it appears; the attribute only works at the page's own loading.
            if (autoFocus && element && !element.dataset.focused) {
              element.dataset.focused = "1";
              element.focus();
            }
          }}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface SelectProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  options: ReadonlyArray<{ value: string; label: string }>;
  disabled?: boolean;
}

export function SelectField({ label, hint, error, value, onChange, options, disabled }: SelectProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <select
          {...control}
          disabled={disabled}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Switch(props: {
  label: string;
  /** The label is for screen readers alone: what is switched is plain to see. */
  bare?: boolean;
  on: boolean;
  onChange: (on: boolean) => void;
  disabled?: boolean;
}) {
  const { label, bare, on, onChange, disabled } = props;
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        aria-checked={on}
        checked={on}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span class={bare ? "unseen" : undefined}>{label}</span>
    </label>
  );
}
