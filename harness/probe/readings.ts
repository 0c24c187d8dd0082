import { readFileSync } from 'node:fs';
import type { ReadingName } from '../model/sampled-series.ts';
import { parseSockstat } from './sockstat.ts';

/** Files that several readings use, read once per tick. */
export interface TickFiles {
  sockstat: string;
}

/** A reader for each entry of `sampledSeries` that is not a counter; `null`: not available on this machine. */
export const readers: Readonly<Record<ReadingName, (files: TickFiles) => number | null>> = {
  tw: ({ sockstat }) => parseSockstat(sockstat).tw,
  inUse: ({ sockstat }) => parseSockstat(sockstat).inUse,
  conntrack: readConntrackCount,
};

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
