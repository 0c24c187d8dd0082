import { readFileSync } from 'node:fs';
import { parseMib } from './mib.ts';

/** Names of the counters that this machine's kernel has: `Tcp.ActiveOpens`, …; none without /proc/net. */
export function readCounterNames(): string[] {
  return ['/proc/net/snmp', '/proc/net/netstat'].flatMap((file) => {
    try {
      return Object.keys(parseMib(readFileSync(file, 'utf8')));
    } catch {
      return [];
    }
  });
}
