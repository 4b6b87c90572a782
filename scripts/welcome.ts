import type { Sandboxes } from "./sandbox/sandboxes.ts";
import type { DemoLink } from "./seed-demo.ts";

export interface Welcome {
  collectorUrl: string;
  /** Undefined without the demo. */
  demo:
    | { shopUrl: string; networks: Pick<Sandboxes, "everflow" | "avantlink">; links: DemoLink[] }
    | undefined;
  adminToken: string;
  /** Undefined when the token came from the environment, whose owner knows it. */
  tokenFile: string | undefined;
}

/** @returns what `npm start` prints when all is up: what to open, and with which token */
export function welcome({ collectorUrl, demo, adminToken, tokenFile }: Welcome): string {
  const lines = ["", "Clickferry is running.", "", row("Collector", collectorUrl)];
  if (demo) {
    const { everflow, avantlink } = demo.networks;
    lines.push(row("Demo shop", demo.shopUrl));
    lines.push(row("Demo networks", `${everflow.url}   plays Everflow`));
    lines.push(row("", `${avantlink.url}   plays AvantLink`));
    demo.links.forEach((link, i) => {
      lines.push(row(i === 0 ? "Referral links" : "", `${link.url}   ${link.partner_name}`));
    });
  }
  lines.push(row("Dashboard", `${collectorUrl}/dashboard/`));
  lines.push(
    row("Admin token", tokenFile ? `${adminToken}   kept in ${tokenFile}` : "as set in ADMIN_TOKEN"),
  );
  lines.push(row("Management API", `${collectorUrl}/docs`), "");
  lines.push(
    demo
      ? "Open a referral link: its click appears here as both networks receive it and as it is recorded. Ctrl-C ends."
      : "Clicks appear here once they are recorded. Ctrl-C ends.",
    "",
  );
  return lines.join("\n");
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(16)}${value}`;
}
