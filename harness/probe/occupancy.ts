import type { Occupancy } from '../model/journal.ts';

/** Kernel's state numbers (include/net/tcp_states.h) by the names that the lab uses. */
const stateNames: Readonly<Record<string, string>> = {
  '01': 'ESTABLISHED',
  '02': 'SYN_SENT',
  '03': 'SYN_RECV',
  '04': 'FIN_WAIT1',
  '05': 'FIN_WAIT2',
  '06': 'TIME_WAIT',
  '08': 'CLOSE_WAIT',
  '09': 'LAST_ACK',
  '0B': 'CLOSING',
};
const listenState = '0A';

/** Rows one by one: there may be hundreds of thousands. Addresses and ports in hexadecimal, as the kernel writes them. */
function* rowsOf(procNetTcp: string) {
  const row = /^ *\d+: [0-9A-F]{8}:([0-9A-F]{4}) ([0-9A-F]{8}):([0-9A-F]{4}) ([0-9A-F]{2}) /gm;
  for (const [, local = '', address = '', remote = '', state = ''] of procNetTcp.matchAll(row)) {
    yield { local, address, remote, state };
  }
}

/**
 * Sockets by the other end: how many in which state this stack has opened to each destination, and accepted
 * from each address on each port. A local port that something listens on is the accepting side. One walk over
 * /proc/net/tcp: for once after the load, not for every tick. Pure.
 */
export function occupancyOf(procNetTcp: string): Occupancy[] {
  const listening = new Set<string>();
  for (const { local, state } of rowsOf(procNetTcp)) if (state === listenState) listening.add(local);
  const groups = new Map<string, Occupancy>();
  for (const { local, address, remote, state } of rowsOf(procNetTcp)) {
    const name = stateNames[state];
    if (name === undefined) continue;
    const accepted = listening.has(local);
    const port = Number.parseInt(accepted ? local : remote, 16);
    const key = `${accepted}/${address}/${port}`;
    const group = groups.get(key) ?? {
      way: accepted ? 'accepted' : 'opened',
      address: dotted(address),
      port,
      states: {},
    };
    group.states[name] = (group.states[name] ?? 0) + 1;
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The file prints an address as one number in the machine's byte order: little-endian wherever Node runs. */
function dotted(hex: string): string {
  return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');
}
