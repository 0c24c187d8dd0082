import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { machinePageBytes } from './page-size.ts';

/** Slab caches that a TIME_WAIT uses: the socket itself and, if connect() chose its port, the port's bind buckets. */
const timeWaitCache = 'tw_sock_TCP';
const bucketCaches = ['tcp_bind_bucket', 'tcp_bind2_bucket'] as const;
/** With fewer sockets a single page would change the figure too much. */
const leastSockets = 1000;

export interface SlabReading {
  timeWaitBytes: number;
  bucketBytes: number;
}

/**
 * Memory of the slab caches that hold TIME_WAIT sockets, in whole pages. The kernel merges caches of the same size, and
 * they are shared by the whole machine: only differences are meaningful, and only while nothing else is running.
 * `null`: not readable by this user. Source: /sys/kernel/slab (mm/slub.c).
 */
export function readSlab(root = '/sys/kernel/slab', pageBytes = machinePageBytes()): SlabReading | null {
  if (pageBytes === null) return null;
  try {
    // Merged caches are links to one folder, which must be counted only once.
    const buckets = new Set(bucketCaches.map((name) => realpathSync(join(root, name))));
    return {
      timeWaitBytes: cacheBytes(join(root, timeWaitCache), pageBytes),
      bucketBytes: [...buckets].reduce((sum, folder) => sum + cacheBytes(folder, pageBytes), 0),
    };
  } catch {
    return null;
  }
}

/** Reads until nothing has changed for a second: sockets of an earlier namespace are freed some time after its end. */
export async function slabAtRest(mostMs = 10_000): Promise<void> {
  const everyMs = 200;
  let same = 0;
  let last = '';
  for (let waitedMs = 0; waitedMs < mostMs && same < 1000 / everyMs; waitedMs += everyMs) {
    const now = JSON.stringify(readSlab());
    same = now === last ? same + 1 : 0;
    last = now;
    await sleep(everyMs);
  }
}

function cacheBytes(folder: string, pageBytes: number): number {
  const slabs = Number.parseInt(readFileSync(join(folder, 'slabs'), 'utf8'), 10);
  const order = Number.parseInt(readFileSync(join(folder, 'order'), 'utf8'), 10);
  return slabs * (pageBytes << order);
}

/** Growth since `before`, as gauges; bytes per TIME_WAIT only if there are enough sockets. Pure. */
export function slabGauges(before: SlabReading, now: SlabReading, timeWaits: number): Record<string, number> {
  const sockets = now.timeWaitBytes - before.timeWaitBytes;
  const buckets = now.bucketBytes - before.bucketBytes;
  return {
    'slab.timeWaitBytes': sockets,
    'slab.bucketBytes': buckets,
    ...(timeWaits >= leastSockets && {
      'slab.bytesPerTimeWait': Math.round((sockets + buckets) / timeWaits),
      'slab.socketBytesPerTimeWait': Math.round(sockets / timeWaits),
    }),
  };
}
