import { linkTo } from "../../address/route.ts";
import type { PartnerWithKey } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Copy } from "../../parts/copy.tsx";
import { Panel } from "../../parts/panel.tsx";

/** The one time that the key is seen: here it is kept as a hash only. */
export function KeyPanel({ partner, onClose }: { partner: PartnerWithKey; onClose: () => void }) {
  return (
    <Panel title={`Key of ${partner.name}`} place="middle" onClose={onClose}>
      <p>
        Give it to the partner now: it is not shown again. It signs in to this dashboard, and reads the
        partner's clicks over the reporting API.
      </p>
      <div class="address-line">
        <code>{partner.api_key}</code>
        <Copy text={partner.api_key} label="Copy the key" />
      </div>
      <div class="form-end">
        <a class="button plain" href={linkTo("/")}>
          To the links
        </a>
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Panel>
  );
}
