/**
 * What counts as one caller: an IPv4 address, or the /64 of an IPv6 one, which a single subscriber has to himself and
 * may take any address of. Pure.
 *
 * @param address of CF-Connecting-IP, in any spelling. Nothing, as without Cloudflare before the Worker, is one caller.
 */
export function addressBlock(address: string | null): string {
  if (!address?.includes(":")) return address?.trim() || "unknown";
  // WHATWG parsing compresses it: after that, one address has one spelling.
  const url = URL.parse(`http://[${address.trim()}]/`);
  if (!url) return address.trim();
  const [head = "", tail = ""] = url.hostname.slice(1, -1).split("::");
  const first = head ? head.split(":") : [];
  const last = tail ? tail.split(":") : [];
  const groups = [...first, ...Array<string>(8 - first.length - last.length).fill("0"), ...last];
  // An IPv4 address in IPv6 form: all of them share one /64.
  if (groups.slice(0, 5).every((group) => group === "0") && groups[5] === "ffff") return groups.join(":");
  return `${groups.slice(0, 4).join(":")}::/64`;
}
