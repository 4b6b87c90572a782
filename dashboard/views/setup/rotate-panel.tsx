import { useState } from "preact/hooks";
import { api } from "../../api/endpoints.ts";
import type { Partner, PartnerWithKey } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { attempt } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";

interface RotatePanelProps {
  partner: Partner;
  onClose: () => void;
  onRotated: (partner: PartnerWithKey) => void;
}

/** Asks first: the old key stops at once. */
export function RotatePanel({ partner, onClose, onRotated }: RotatePanelProps) {
  const [busy, setBusy] = useState(false);
  const rotate = async () => {
    setBusy(true);
    const made = await attempt(() => api.rotateKey(partner.id));
    setBusy(false);
    if (made) onRotated(made);
  };
  return (
    <Panel title={`New key for ${partner.name}`} place="middle" onClose={onClose}>
      <p>The key that the partner has now stops working at once, and so does whoever is signed in with it.</p>
      <div class="form-end">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="danger" busy={busy} onClick={rotate}>
          Make a new key
        </Button>
      </div>
    </Panel>
  );
}
