import type { DemoLink } from "./seed-demo.ts";

export interface Welcome {
  collectorUrl: string;
  shopUrl: string;
  /** Empty without the demo. */
  links: DemoLink[];
  adminToken: string;
  /** Undefined when the token came from the environment, whose owner knows it. */
  tokenFile: string | undefined;
}

/** @returns what `npm start` prints when all is up: what to open, and with which token */
export function welcome({ collectorUrl, shopUrl, links, adminToken, tokenFile }: Welcome): string {
  const lines = ["", "Clickferry is running.", "", row("Collector", collectorUrl)];
  if (links.length > 0) lines.push(row("Demo shop", shopUrl));
  links.forEach((link, i) => {
    lines.push(row(i === 0 ? "Referral links" : "", `${link.url}   ${link.partner_name}`));
  });
  lines.push(
    row("Admin token", tokenFile ? `${adminToken}   kept in ${tokenFile}` : "as set in ADMIN_TOKEN"),
  );
  lines.push(row("Management API", `${collectorUrl}/api/admin/`), "");
  lines.push(
    links.length > 0
      ? "Open a referral link: its click appears here once it is recorded. Ctrl-C ends."
      : "Clicks appear here once they are recorded. Ctrl-C ends.",
    "",
  );
  return lines.join("\n");
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(16)}${value}`;
}
