import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import { shareOf } from '../share.ts';

export interface AutocannonInput {
  load: LoadSpec;
  target: Target;
}

/** One thread's part of the load. */
export interface Part extends AutocannonInput {
  connections: number;
  ratePerSec: number | null;
}

/** Of an open loop: autocannon holds its connections open, and more of them do not make a higher rate. */
const mostOfOpenLoop = 64;

export function connectionsOf({ arrival }: LoadSpec): number {
  return arrival.loop === 'closed' ? arrival.concurrency : Math.min(arrival.maxInFlight, mostOfOpenLoop);
}

/** Whole connections and a fair part of the rate for each thread; threads that would get no connection are left out. */
export function partsOf(input: AutocannonInput): Part[] {
  const { arrival, threads } = input.load;
  const all = connectionsOf(input.load);
  const of = Math.min(threads, all);
  return Array.from({ length: of }, (_, index) => ({
    ...input,
    connections: shareOf(all, index, of),
    ratePerSec: arrival.loop === 'open' ? arrival.ratePerSec / of : null,
  }));
}

/**
 * Requests that autocannon counts as sent and that it never sent: of each connection it takes the first second's whole share
 * of the rate for the one request that it begins with (autocannon 9, lib/run.js, initialiseClients).
 */
export function neverSent({ connections, ratePerSec }: Pick<Part, 'connections' | 'ratePerSec'>): number {
  if (ratePerSec === null) return 0;
  // As it does: no more connections than requests in a second.
  const used = Math.min(connections, ratePerSec);
  let sum = 0;
  for (let index = 0; index < used; index++) {
    const rate = Math.floor(ratePerSec / used) + (index + 1 <= ratePerSec % used ? 1 : 0);
    sum += Math.max(0, rate - 1);
  }
  return sum;
}
