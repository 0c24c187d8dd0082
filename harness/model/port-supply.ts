import { figure } from './figure.ts';
import { defaultPortRange, parsePortList, parsePortRange, portRangeKey, reservedPortsKey } from './sysctls.ts';

/** Ports that connect() may choose from, and why other ports of the range are excluded. Counts. */
export interface PortSupply {
  /** ip_local_port_range, both ends counted. */
  inRange: number;
  /** Of these, excluded by ip_local_reserved_ports. */
  reserved: number;
  /** Of these, held by listeners of the peer itself, and not reserved already. */
  listening: number;
  usable: number;
}

/**
 * The ports of a network namespace with these settings and listeners. connect() skips a port that any socket has
 * bound, whatever the address (net/ipv4/inet_hashtables.c, `fastreuse >= 0`).
 */
export function portSupply(
  sysctls: Readonly<Record<string, string | null>>,
  listeners: readonly number[] = [],
): PortSupply {
  const { low, high } = parsePortRange(sysctls[portRangeKey] ?? '') ?? defaultPortRange;
  const reserved = new Set<number>();
  for (const range of parsePortList(sysctls[reservedPortsKey] ?? '')) {
    for (let port = Math.max(low, range.low); port <= Math.min(high, range.high); port++) reserved.add(port);
  }
  const listening = new Set(listeners.filter((port) => port >= low && port <= high && !reserved.has(port)));
  const inRange = Math.max(0, high - low + 1);
  return {
    inRange,
    reserved: reserved.size,
    listening: listening.size,
    usable: inRange - reserved.size - listening.size,
  };
}

/** `900 of the range's 1,000 ports are usable: 100 held by listeners inside the range`; `null`: all of them can be. */
export function supplyNote({ inRange, reserved, listening, usable }: PortSupply): string | null {
  const causes = [
    ...(reserved > 0 ? [`${figure(reserved)} reserved (ip_local_reserved_ports)`] : []),
    ...(listening > 0 ? [`${figure(listening)} held by listeners inside the range`] : []),
  ];
  if (causes.length === 0) return null;
  return `${figure(usable)} of the range's ${figure(inRange)} ports are usable: ${causes.join(', ')}`;
}
