import type { Occupancy } from '../model/journal.ts';
import { addressText } from './proc-address.ts';

/** The kernel's state numbers (include/net/tcp_states.h) and the lab's names for them. */
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

/**
 * Iterates over the rows of /proc/net/tcp or tcp6, of which there may be hundreds of thousands. Addresses and ports are
 * in hexadecimal, as the kernel writes them.
 */
function* rowsOf(procNetTcp: string) {
  const row = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) /gm;
  for (const [, local = '', address = '', remote = '', state = ''] of procNetTcp.matchAll(row)) {
    yield { local, address, remote, state };
  }
}

/**
 * Sockets by remote end and state: how many this network namespace has opened to each destination, and accepted from
 * each address on each port. A local port with a listener is the accepting side. `tables`: /proc/net/tcp and tcp6,
 * because a socket that listens on `::` has its IPv4 connections in tcp6. Reads every row of both: for one call after
 * the load, not for every tick. Pure.
 */
export function occupancyOf(tables: readonly string[]): Occupancy[] {
  const listening = new Set<string>();
  for (const { local, state } of rowsOfAll(tables)) if (state === listenState) listening.add(local);
  const texts = new Map<string, string>();
  const groups = new Map<string, Occupancy>();
  for (const { local, address: hex, remote, state } of rowsOfAll(tables)) {
    const name = stateNames[state];
    if (name === undefined) continue;
    const address = texts.get(hex) ?? addressText(hex);
    texts.set(hex, address);
    const accepted = listening.has(local);
    const port = Number.parseInt(accepted ? local : remote, 16);
    const key = `${accepted}/${address}/${port}`;
    const group = groups.get(key) ?? { way: accepted ? 'accepted' : 'opened', address, port, states: {} };
    group.states[name] = (group.states[name] ?? 0) + 1;
    groups.set(key, group);
  }
  return [...groups.values()];
}

function* rowsOfAll(tables: readonly string[]) {
  for (const table of tables) yield* rowsOf(table);
}
