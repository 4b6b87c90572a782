import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

interface ButtonProps {
  children?: ComponentChildren;
  icon?: IconName;
  /** Named for those who do not see it; needed where there are no words. */
  label?: string;
  kind?: "primary" | "plain" | "quiet" | "danger";
  onClick?: (event: MouseEvent) => void;
  type?: "button" | "submit";
  disabled?: boolean;
  /** Something that it began is under way: it stays where it is and does nothing. */
  busy?: boolean;
}

export function Button(props: ButtonProps) {
  const { children, icon, label, kind = "plain", onClick, type = "button", disabled, busy } = props;
  return (
    <button
      type={type}
      class={`button ${kind}${children ? "" : " bare"}`}
      aria-label={label}
      title={children ? undefined : label}
      aria-busy={busy}
      disabled={disabled || busy}
      onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}
