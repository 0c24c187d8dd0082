/**
 * Whether a network namespace has an IPv6 address of global scope, from /proc/net/if_inet6: address, interface number,
 * prefix length, scope (0: global), flags, interface. Source: net/ipv6/addrconf.c if6_seq_show.
 */
export function hasGlobalIpv6(text: string): boolean {
  return /^[0-9a-f]{32} [0-9a-f]+ [0-9a-f]+ 00 /m.test(text);
}
