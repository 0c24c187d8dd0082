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
 * port has a listener was accepted, and takes no port of the range from connect(). Ports are counted, not rows: the kernel
 * writes the table page by page, and repeats rows while sockets come and go (measured: 1,146 rows of 818 sockets). Pure.
 */
export function portUseOf(tables: readonly string[], sysctls: Readonly<Record<string, string | null>>): PortUse {
  const { low, high } = parsePortRange(sysctls[portRangeKey] ?? '') ?? defaultPortRange;
  const listening = new Set<number>();
  for (const table of tables) {
    for (const [, , local = '', , , state] of table.matchAll(row)) {
      if (state === listenState) listening.add(Number.parseInt(local, 16));
    }
  }
  const pairs = new PortSets();
  const sources = new PortSets();
  for (const table of tables) {
    for (const [, source = '', local = '', address = '', remote = '', state] of table.matchAll(row)) {
      const port = Number.parseInt(local, 16);
      if (state === listenState || port < low || port > high || listening.has(port)) continue;
      pairs.add(`${source} ${address}:${remote}`, port);
      sources.add(source, port);
    }
  }
  return {
    usable: portSupply(sysctls, [...listening]).usable,
    pairs: pairs.fullest().map(({ key, used }) => {
      const [source = '', address = '', port = ''] = key.split(/[ :]/);
      const destination = endpointText({ address: addressText(address), port: Number.parseInt(port, 16) });
      return { source: addressText(source), destination, used };
    }),
    sources: sources.fullest().map(({ key, used }) => ({ source: addressText(key), used })),
  };
}

/** Local ports by what they are used for, each counted once. */
class PortSets {
  private readonly sets = new Map<string, Set<number>>();

  add(key: string, port: number): void {
    const ports = this.sets.get(key);
    if (ports === undefined) this.sets.set(key, new Set([port]));
    else ports.add(port);
  }

  fullest(): { key: string; used: number }[] {
    const counts = [...this.sets].map(([key, ports]) => ({ key, used: ports.size }));
    return counts.sort((a, b) => b.used - a.used).slice(0, kept);
  }
}
