import { readFileSync } from 'node:fs';
import type { ReadingName } from '../model/sampled-series.ts';
import { parseSockstat, parseTcp6InUse } from './sockstat.ts';

/** Files that several readings use, read once per tick. */
export interface TickFiles {
  sockstat: string;
  /** Empty on a kernel without IPv6. */
  sockstat6: string;
}

/** A reader for each entry of `sampledSeries` that is not a counter; `null`: not available on this machine. */
export const readers: Readonly<Record<ReadingName, (files: TickFiles) => number | null>> = {
  tw: ({ sockstat }) => parseSockstat(sockstat).tw,
  inUse: socketsInUse,
  conntrack: readConntrackCount,
};

/** Full TCP sockets of both families: `TCP: inuse` leaves out those of IPv6, and of servers that listen on `::`. */
export function socketsInUse({ sockstat, sockstat6 }: TickFiles): number {
  return parseSockstat(sockstat).inUse + (sockstat6 === '' ? 0 : parseTcp6InUse(sockstat6));
}

export function readAll(files: TickFiles): Record<string, number | null> {
  return Object.fromEntries(Object.entries(readers).map(([name, read]) => [name, read(files)]));
}

/** Tracked connections of this namespace; `null` if conntrack is not loaded. Source: nf_conntrack_standalone.c. */
export function readConntrackCount(): number | null {
  try {
    return Number(readFileSync('/proc/sys/net/netfilter/nf_conntrack_count', 'utf8'));
  } catch {
    return null;
  }
}
