import type { SearchReport } from '../../model/report.ts';
import type { CellRecord, PeerRecord } from '../journal/collect.ts';
import { median } from '../statistics/statistics.ts';
import { loadPeers, loadPoints, loadTimes } from './load-summary.ts';

const tenths = 10;
/** Tenths that count as below half, and as past it: the one just below half has intervals with both kinds of calls. */
const belowHalf = 4;
const pastHalf = 5;

/** Intervals of the load: their calls, and the median time inside connect(2). */
interface Interval {
  calls: number;
  us: number;
}

/**
 * Time inside connect(2) by the share of the four-tuples in use, in tenths: the median of the intervals' medians, which
 * neither a slow start nor a busy moment of the machine moves. `null`: the engine does not time connect(), or the
 * levels were not read. Pure.
 */
export function searchCurve(cell: CellRecord, fourTuples: number): SearchReport | null {
  const byTenth: Interval[][] = Array.from({ length: tenths }, () => []);
  const occupancy = occupancyOf(cell, fourTuples);
  for (const { fromMs, toMs, attempts, connectCallP50Us } of loadPoints(cell)) {
    const share = occupancy((fromMs + toMs) / 2);
    if (share === null || connectCallP50Us === null) continue;
    byTenth[Math.min(tenths - 1, Math.floor(share * tenths))]?.push({ calls: attempts, us: connectCallP50Us });
  }
  if (byTenth.every((intervals) => intervals.length === 0)) return null;
  const belowHalfUs = medianOf(byTenth.slice(0, belowHalf).flat());
  const pastHalfUs = medianOf(byTenth.slice(pastHalf).flat());
  return {
    tenths: byTenth.flatMap((intervals, index) => {
      const connectCallUs = medianOf(intervals);
      const calls = intervals.reduce((sum, interval) => sum + interval.calls, 0);
      return connectCallUs === null ? [] : [{ fromPercent: index * tenths, calls, connectCallUs }];
    }),
    belowHalfUs,
    pastHalfUs,
    ratio: belowHalfUs === null || pastHalfUs === null || belowHalfUs === 0 ? null : pastHalfUs / belowHalfUs,
  };
}

function medianOf(intervals: readonly Interval[]): number | null {
  return intervals.length === 0 ? null : median(intervals.map(({ us }) => us));
}

/** Share of the four-tuples in use at a time since the load began, between the samples of all load peers. */
function occupancyOf(cell: CellRecord, fourTuples: number): (atMs: number) => number | null {
  const startedAt = loadTimes(cell)?.startedAt;
  const peers = loadPeers(cell);
  if (startedAt === undefined || fourTuples <= 0) return () => null;
  return (atMs) => {
    const used = peers.map((peer) => usedAt(peer, startedAt + atMs));
    if (used.length === 0 || used.includes(null)) return null;
    return used.reduce<number>((sum, count) => sum + (count ?? 0), 0) / fourTuples;
  };
}

/** TIME_WAIT and ESTABLISHED sockets, interpolated; `null`: not between two samples that read them. */
function usedAt({ samples }: PeerRecord, t: number): number | null {
  const next = samples.findIndex((sample) => sample.t >= t);
  const [before, after] = [samples[next - 1], samples[next]];
  if (before === undefined || after === undefined) return null;
  const [low, high] = [before, after].map(({ readings, counters }) => {
    const [timeWait, established] = [readings.tw, counters['Tcp.CurrEstab']];
    return timeWait == null || established === undefined ? null : timeWait + established;
  });
  if (low == null || high == null) return null;
  return low + ((high - low) * (t - before.t)) / Math.max(1, after.t - before.t);
}
