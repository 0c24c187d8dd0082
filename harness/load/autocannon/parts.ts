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

/** For an open loop: autocannon keeps its connections open, and more of them do not raise the rate. */
const mostOfOpenLoop = 64;

export function connectionsOf({ arrival }: LoadSpec): number {
  return arrival.loop === 'closed' ? arrival.concurrency : Math.min(arrival.maxInFlight, mostOfOpenLoop);
}

/** Whole connections and a proportional share of the rate per thread; threads without a connection are left out. */
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
 * Requests that autocannon counts as sent but never sends: for each connection it counts the whole share of the first
 * second, but sends only one request (autocannon 9, lib/run.js, initialiseClients).
 */
export function neverSent({ connections, ratePerSec }: Pick<Part, 'connections' | 'ratePerSec'>): number {
  if (ratePerSec === null) return 0;
  // As autocannon does: no more connections than requests per second.
  const used = Math.min(connections, ratePerSec);
  let sum = 0;
  for (let index = 0; index < used; index++) {
    const rate = Math.floor(ratePerSec / used) + (index + 1 <= ratePerSec % used ? 1 : 0);
    sum += Math.max(0, rate - 1);
  }
  return sum;
}
