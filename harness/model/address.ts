import * as z from 'zod';

/** Internet protocol over which a cell's peers are connected: 4 or 6. Both have their TCP settings under net.ipv4. */
export const Family = z.union([z.literal(4), z.literal(6)]);
export type Family = z.infer<typeof Family>;

/** An address without brackets, as `ip` and connect(2) take it. */
export const Address = z.union([z.ipv4(), z.ipv6()]);

export function familyOf(address: string): Family {
  return address.includes(':') ? 6 : 4;
}

/** The address as a URL's host and a Host header have it: IPv6 in brackets (RFC 3986, 3.2.2). */
export function urlHost(address: string): string {
  return familyOf(address) === 6 ? `[${address}]` : address;
}

/** `198.18.0.102:8080`, `[2001:2:0:1::102]:8080`. */
export function endpointText({ address, port }: { address: string; port: number }): string {
  return `${urlHost(address)}:${port}`;
}

/** The address on which a server listens to reach every address of its peer; `::` accepts IPv4 as well on Linux. */
export function anyAddress(own: string): string {
  return familyOf(own) === 6 ? '::' : '0.0.0.0';
}
