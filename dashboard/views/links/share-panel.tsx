import { useState } from "preact/hooks";
import { api } from "../../api/endpoints.ts";
import { programs } from "../../api/programs.ts";
import { session } from "../../api/session.ts";
import type { ListedLink } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Copy } from "../../parts/copy.tsx";
import { attempt } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { QrCode } from "../../parts/qr-code.tsx";
import { referralUrl, trackingUrl } from "./link-addresses.ts";

/** Every address of a link, to be copied, and the QR code of the one that is chosen. */
export function SharePanel({
  link,
  onClose,
  onChanged,
}: {
  link: ListedLink;
  onClose: () => void;
  onChanged: () => void;
}) {
  const [everflowUrl, setEverflowUrl] = useState(link.everflow_tracking_url);
  const [busy, setBusy] = useState(false);
  const addresses = [
    {
      name: "Referral link",
      about: "The destination with the partner's code. The script on the page counts it.",
      url: referralUrl(link),
    },
    ...(link.kind === "partner"
      ? [
          {
            name: "Tracking link",
            about: "Counted here, then led to the destination: for e-mail and pages without the script.",
            url: trackingUrl(link),
          },
        ]
      : []),
    ...(everflowUrl
      ? [
          {
            name: "Everflow tracking link",
            about: "Made by Everflow: it is Everflow's own click first.",
            url: everflowUrl,
          },
        ]
      : []),
  ];
  const [chosen, setChosen] = useState(addresses[0]!.name);
  const { url } = addresses.find(({ name }) => name === chosen) ?? addresses[0]!;
  const everflow = programs.value.find(({ id }) => id === link.program_id)?.everflow;
  const create = async () => {
    setBusy(true);
    const made = await attempt(() => api.everflowLink(link.id), "Everflow has made the tracking link.");
    setBusy(false);
    if (!made) return;
    setEverflowUrl(made.url);
    onChanged();
  };
  return (
    <Panel title={`Share ${link.code}`} onClose={onClose}>
      {addresses.map((address) => (
        <section key={address.name} class="address">
          <h3>{address.name}</h3>
          <p class="soft">{address.about}</p>
          <div class="address-line">
            <code>{address.url}</code>
            <Copy text={address.url} label={`Copy the ${address.name.toLowerCase()}`} />
          </div>
        </section>
      ))}
      {session.value?.role === "admin" && link.everflow && !everflowUrl && (
        <section class="address">
          <h3>Everflow tracking link</h3>
          {everflow?.api_key_secret ? (
            <Button busy={busy} onClick={create}>
              Create Everflow tracking link
            </Button>
          ) : (
            <p class="soft">Needs the program's Everflow API key: set-up, network settings.</p>
          )}
        </section>
      )}
      <section class="address">
        <div class="bar">
          <h3>QR code</h3>
          <select
            aria-label="QR code of"
            value={chosen}
            onChange={(event) => setChosen(event.currentTarget.value)}
          >
            {addresses.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </div>
        <QrCode text={url}>
          <QrDownload code={link.code} />
        </QrCode>
      </section>
    </Panel>
  );
}

/** The picture as it is shown, as a file for print. */
function QrDownload({ code }: { code: string }) {
  const save = () => {
    const svg = new XMLSerializer().serializeToString(document.querySelector(".panel .qr")!);
    const link = document.createElement("a");
    link.href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
    link.download = `${code.replace(/[^\w-]+/g, "-")}.svg`;
    link.click();
  };
  return (
    <Button icon="download" onClick={save}>
      Save as SVG
    </Button>
  );
}
