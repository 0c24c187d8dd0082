import { loadPeers, loadTimes } from '../cell/load-summary.ts';
import type { CellRecord } from '../journal/collect.ts';
import { witnesses } from './registry.ts';
import { type Finding, weigh } from './witness.ts';

/**
 * Whether the load's ports ran out, from every witness that could see it; of several load peers, one is enough. Pure.
 */
export function exhaustionOf(cell: CellRecord): Finding {
  const times = loadTimes(cell);
  const since = (t: number) => t - (times?.startedAt ?? 0);
  const findings = loadPeers(cell).map((peer) =>
    weigh(witnesses.map((witness) => ({ witness: witness.name, ...witness.look({ cell, peer, since }) }))),
  );
  const order = ['yes', 'unknown', 'no'] as const;
  const [worst] = [...findings].sort((a, b) => order.indexOf(a.exhausted) - order.indexOf(b.exhausted));
  return worst ?? { exhausted: 'unknown', sighting: null, evidence: [] };
}
