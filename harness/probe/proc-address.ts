/**
 * Converts an address from /proc/net/tcp or tcp6 to the usual text form; IPv4 in IPv6 (`::ffff:198.18.0.1`) becomes
 * IPv4. Each 32 bits are one number in the machine's byte order: little-endian on the usual platforms of Node. Source:
 * net/ipv6/tcp_ipv6.c get_tcp6_sock. Pure.
 */
export function addressText(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [6, 4, 2, 0].map((at) => word.slice(at, at + 2)));
  const dotted = (part: readonly string[]) => part.map((byte) => Number.parseInt(byte, 16)).join('.');
  if (bytes.length === 4) return dotted(bytes);
  if (bytes.slice(0, 12).join('') === '00000000000000000000FFFF') return dotted(bytes.slice(12));
  const groups = Array.from({ length: 8 }, (_, i) => `${bytes[2 * i]}${bytes[2 * i + 1]}`);
  // The URL parser abbreviates an IPv6 address according to RFC 5952.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
