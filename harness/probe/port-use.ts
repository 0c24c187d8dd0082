import { endpointText } from '../model/address.ts';
import type { JournalLineOf } from '../model/journal.ts';
import { portSupply } from '../model/port-supply.ts';
import { defaultPortRange, parsePortRange, portRangeKey } from '../model/sysctls.ts';
import { addressText } from './proc-address.ts';

export type PortUse = Pick<JournalLineOf<'ports'>, 'usable' | 'pairs' | 'sources'>;

/** Number of pairs and sources that a reading keeps, the fullest first. */
const kept = 8;
const listenState = '0A';

const row = /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) /gm;

/**
 * Local ports of the range that are in use, by source and destination, from /proc/net/tcp and tcp6. A socket whose local
 * port has a listener was accepted, and takes no port of the range from connect(). Each local port of a pair belongs to
 * only one socket, so that sockets are ports; several pairs of a source may share a port. Pure.
 */
export function portUseOf(tables: readonly string[], sysctls: Readonly<Record<string, string | null>>): PortUse {
  const { low, high } = parsePortRange(sysctls[portRangeKey] ?? '') ?? defaultPortRange;
  const listening = new Set<number>();
  for (const table of tables) {
    for (const [, , local = '', , , state] of table.matchAll(row)) {
      if (state === listenState) listening.add(Number.parseInt(local, 16));
    }
  }
  const pairs = new Map<string, number>();
  const sources = new Map<string, Set<number>>();
  for (const table of tables) {
    for (const [, source = '', local = '', address = '', remote = '', state] of table.matchAll(row)) {
      const port = Number.parseInt(local, 16);
      if (state === listenState || port < low || port > high || listening.has(port)) continue;
      const pair = `${source} ${address}:${remote}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
      const ports = sources.get(source) ?? new Set();
      sources.set(source, ports.add(port));
    }
  }
  return {
    usable: portSupply(sysctls, [...listening]).usable,
    pairs: fullest([...pairs].map(([key, used]) => ({ key, used }))).map(({ key, used }) => {
      const [source = '', address = '', port = ''] = key.split(/[ :]/);
      const destination = endpointText({ address: addressText(address), port: Number.parseInt(port, 16) });
      return { source: addressText(source), destination, used };
    }),
    sources: fullest([...sources].map(([key, ports]) => ({ key, used: ports.size }))).map(({ key, used }) => ({
      source: addressText(key),
      used,
    })),
  };
}

function fullest(counts: { key: string; used: number }[]): { key: string; used: number }[] {
  return counts.sort((a, b) => b.used - a.used).slice(0, kept);
}
