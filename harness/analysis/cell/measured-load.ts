import type { LoadSpec } from '../../model/scenario.ts';
import type { CellRecord } from '../journal/collect.ts';
import { type LoadPoint, loadPoints } from './load-summary.ts';

/**
 * The load that a program with its own pace actually made, for the budget: connections per second until half of the
 * four-tuples were opened (or to its end), from the kernel's counters, and who closed first. `null`: it opened none.
 */
export function measuredLoad(
  cell: CellRecord,
  fourTuples: number,
  closedFirst: Readonly<Record<string, number>>,
): LoadSpec | null {
  const { load } = cell.plan.scenario;
  const points = loadPoints(cell);
  const ratePerSec = rateUntil(points, fourTuples / 2);
  if (ratePerSec === null) return null;
  const { maxAttempts: _, ...rest } = load;
  const byServer = cell.plan.peers
    .filter((peer) => peer.kind === load.to)
    .reduce((sum, peer) => sum + (closedFirst[peer.role] ?? 0), 0);
  return {
    ...rest,
    requestsPerConnection: 1,
    // How many of a program's threads call connect() is not known; most clients have one that does.
    threads: 1,
    closePolicy: byServer > 0.5 ? 'server-fin' : 'client-fin',
    arrival: { loop: 'open', ratePerSec, spacing: 'uniform', maxInFlight: 4096 },
  };
}

/** Mean rate until this many connections were opened, without the time before the first one. */
function rateUntil(points: readonly LoadPoint[], enough: number): number | null {
  const from = points.findIndex((point) => point.attempts > 0);
  if (from < 0) return null;
  let opened = 0;
  let lastMs = 0;
  for (const point of points.slice(from)) {
    opened += point.attempts;
    lastMs = point.toMs;
    if (opened >= enough) break;
  }
  const spanMs = lastMs - (points[from] as LoadPoint).fromMs;
  return spanMs <= 0 ? null : (opened * 1000) / spanMs;
}
