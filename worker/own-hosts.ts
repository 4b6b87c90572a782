/**
 * Whether a destination lies on a program's own hosts: one of its domains, the landing page's host, or a subdomain
 * of either. A link to anywhere else would make the collector an open redirector. Pure.
 */
export function onOwnHosts(
  destinationUrl: string,
  program: { domains: string[]; landing_url: string },
): boolean {
  const host = new URL(destinationUrl).hostname;
  const own = [...program.domains, new URL(program.landing_url).hostname];
  return own.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
