/** Which part of the address space an IP address is in (IANA's special-purpose registries). Pure. */

export type AddressKind =
  | "public"
  | "loopback"
  | "private"
  | "link-local"
  | "shared"
  | "metadata"
  | "reserved"
  /** IPv6 that carries an IPv4 address: mapped, compatible, NAT64, 6to4, Teredo. */
  | "translated";

type Range<K> = [network: string, bits: number, kind: K];

const IPV4: Range<AddressKind>[] = [
  ["0.0.0.0", 8, "reserved"],
  ["10.0.0.0", 8, "private"],
  ["100.64.0.0", 10, "shared"],
  ["127.0.0.0", 8, "loopback"],
  // Azure's host, which is no special-purpose address and answers every machine there.
  ["168.63.129.16", 32, "metadata"],
  ["169.254.0.0", 16, "link-local"],
  ["172.16.0.0", 12, "private"],
  ["192.0.0.0", 24, "reserved"],
  ["192.0.2.0", 24, "reserved"],
  ["192.88.99.0", 24, "reserved"],
  ["192.168.0.0", 16, "private"],
  ["198.18.0.0", 15, "reserved"],
  ["198.51.100.0", 24, "reserved"],
  ["203.0.113.0", 24, "reserved"],
  ["224.0.0.0", 3, "reserved"],
];

/** The first that fits counts. What is in none is reserved: all public addresses lie in 2000::/3. */
const IPV6: Range<AddressKind>[] = [
  ["0:0:0:0:0:0:0:1", 128, "loopback"],
  ["0:0:0:0:0:0:0:0", 128, "reserved"],
  ["0:0:0:0:0:0:0:0", 96, "translated"],
  ["0:0:0:0:0:ffff:0:0", 96, "translated"],
  ["64:ff9b:0:0:0:0:0:0", 96, "translated"],
  ["64:ff9b:1:0:0:0:0:0", 48, "translated"],
  ["fc00:0:0:0:0:0:0:0", 7, "private"],
  ["fec0:0:0:0:0:0:0:0", 10, "private"],
  ["fe80:0:0:0:0:0:0:0", 10, "link-local"],
  ["2001:0:0:0:0:0:0:0", 32, "translated"],
  ["2001:0:0:0:0:0:0:0", 23, "reserved"],
  ["2001:db8:0:0:0:0:0:0", 32, "reserved"],
  ["2002:0:0:0:0:0:0:0", 16, "translated"],
  ["3fff:0:0:0:0:0:0:0", 20, "reserved"],
  ["2000:0:0:0:0:0:0:0", 3, "public"],
];

/** @param host of a WHATWG URL: IPv4 in four decimal parts, IPv6 compressed and in brackets; undefined for a name */
export function addressKind(host: string): AddressKind | undefined {
  if (host.startsWith("[")) return find(IPV6, ipv6Bits(host.slice(1, -1)), 128, ipv6Bits) ?? "reserved";
  if (/^\d+(?:\.\d+){3}$/.test(host)) return find(IPV4, ipv4Bits(host), 32, ipv4Bits) ?? "public";
  return undefined;
}

function find<K>(
  ranges: Range<K>[],
  address: bigint,
  width: number,
  parse: (text: string) => bigint,
): K | undefined {
  return ranges.find(([network, bits]) => {
    const rest = BigInt(width - bits);
    return address >> rest === parse(network) >> rest;
  })?.[2];
}

function ipv4Bits(text: string): bigint {
  return text.split(".").reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function ipv6Bits(text: string): bigint {
  const [head = "", tail] = text.split("::");
  const first = head ? head.split(":") : [];
  const last = tail ? tail.split(":") : [];
  const zeros = Array<string>(Math.max(0, 8 - first.length - last.length)).fill("0");
  return [...first, ...zeros, ...last].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}
