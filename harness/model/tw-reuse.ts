/** Whether an address is one of the loopback interface itself: 127.0.0.0/8, ::1, or the former mapped into IPv6. */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./i.test(address);
}

/**
 * Whether tcp_tw_reuse lets connect() reuse a TIME_WAIT on its way to all of these destinations: 1 everywhere, 2 (the
 * default since Linux 4.19, and the meaning of an absent value) only where an address is a loopback one
 * (net/ipv4/tcp_ipv4.c tcp_twsk_unique). An address of the machine's own on `lo` is none.
 */
export function reuseActs(value: string | null | undefined, destinations: readonly string[]): boolean {
  if ((value ?? '2') === '2') return destinations.length > 0 && destinations.every(isLoopbackAddress);
  return value === '1';
}
