/** As the networks write themselves. */
export const NETWORK_NAMES: Record<string, string> = { everflow: "Everflow", avantlink: "AvantLink" };

export function networkName(network: string): string {
  return NETWORK_NAMES[network] ?? network;
}
