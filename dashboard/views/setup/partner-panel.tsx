import { useState } from "preact/hooks";
import type { ApiError } from "../../api/client.ts";
import { api } from "../../api/endpoints.ts";
import type { Partner, PartnerWithKey } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { TextField } from "../../parts/field.tsx";
import { notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";

interface PartnerPanelProps {
  partner?: Partner;
  onClose: () => void;
  onMade: (partner: PartnerWithKey) => void;
  onRenamed: () => void;
}

export function PartnerPanel({ partner, onClose, onMade, onRenamed }: PartnerPanelProps) {
  const [name, setName] = useState(partner?.name ?? "");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!name.trim()) return setError("Enter a name.");
    setBusy(true);
    try {
      if (!partner) return onMade(await api.createPartner(name.trim()));
      await api.changePartner(partner.id, name.trim());
      notice(`It is called ${name.trim()} now.`);
      onRenamed();
    } catch (failure) {
      setError((failure as ApiError).message.replace(/^name /, "It "));
      setBusy(false);
    }
  };
  return (
    <Panel title={partner ? `Rename ${partner.name}` : "New partner"} place="middle" onClose={onClose}>
      <form class="form" onSubmit={save} noValidate>
        <TextField
          label="Name"
          required
          autoFocus
          value={name}
          error={error}
          onInput={(value) => {
            setName(value);
            setError(undefined);
          }}
        />
        <div class="form-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" busy={busy}>
            {partner ? "Rename" : "Make partner"}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
