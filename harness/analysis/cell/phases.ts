import type { MeasuredCell, Phase } from '../../model/report.ts';
import type { CellRecord } from '../journal/collect.ts';
import { median } from '../statistics/statistics.ts';
import type { Finding } from '../witness/witness.ts';
import { isNoPort, type LoadPoint, loadPeers, loadPoints, loadTimeMs, loadTimes } from './load-summary.ts';

/** connect() counts as searching when it takes this many times as long as on empty ports. */
const cliffFactor = 3;
/**
 * And at least this much longer, so that neither noise nor a slow machine decides. Measured on Linux 6.18:
 * half of 28,232 ports takes 1.7 to 2.2 ms to walk; reuse's sawtooth, and half of 1,000 ports, 0.05 to 0.2 ms.
 */
const cliffLeastUs = 500;
/** Share of the intervals past half that must be slow, and the fewest intervals to decide by. */
const slowShare = 0.25;
const leastIntervals = 5;
/** Occupancy below which connect()'s usual cost is measured. The cliff is at 0.5. */
const emptyShare = 0.4;
/** A cell counts as degraded when at least this share of its load time was spent searching. */
const degradedShare = 0.1;

export type Phases = MeasuredCell['phases'];

/**
 * Splits the load's time into healthy → degraded → exhausted → recovered. `tuples`: P·D·S; `finding`: whether and when
 * the ports ran out where the engine did not count it. Degraded needs both: half of the four-tuples opened, and
 * connect() three times as slow and 0.5 ms slower.
 */
export function phasesOf(cell: CellRecord, tuples: number, finding: Finding): Phases {
  const points = loadPoints(cell);
  const last = points.at(-1);
  if (last === undefined) return { stretches: [] };
  const exhaustedAt = firstNoPortMs(cell) ?? finding.sighting?.atMs ?? null;
  const recoveredAt = exhaustedAt === null ? null : recoveryMs(points, exhaustedAt);
  const until = exhaustedAt ?? last.toMs;
  const degradedAt = cliffMs(points, tuples, until) ?? rateCliffMs(cell, points, tuples, until);
  const marks: [Phase['phase'], number][] = [['healthy', 0]];
  if (degradedAt !== null) marks.push(['degraded', degradedAt]);
  if (exhaustedAt !== null) marks.push(['exhausted', exhaustedAt]);
  if (recoveredAt !== null) marks.push(['recovered', recoveredAt]);
  // The last one ends with the load, as its rate does.
  const endMs = loadTimeMs(cell, points);
  const stretches = marks.map(([phase, fromMs], index) =>
    stretch(phase, fromMs, marks[index + 1]?.[1] ?? endMs, points),
  );
  return {
    ...(degradedAt !== null && { timeToDegradedMs: degradedAt }),
    ...(exhaustedAt !== null && { timeToExhaustionMs: exhaustedAt }),
    ...(recoveredAt !== null && { recoveryMs: recoveredAt }),
    stretches: stretches.filter((one) => one.toMs > one.fromMs),
  };
}

/** True when searching past ports in use took a large part of the time, though nothing failed. */
export function isDegraded(phases: Phases): boolean {
  const total = phases.stretches.reduce((sum, one) => sum + one.toMs - one.fromMs, 0);
  const degraded = phases.stretches.filter((one) => one.phase === 'degraded');
  return degraded.reduce((sum, one) => sum + one.toMs - one.fromMs, 0) >= degradedShare * total && degraded.length > 0;
}

function firstNoPortMs(cell: CellRecord): number | null {
  const times = loadTimes(cell);
  if (times === null) return null;
  const instants = loadPeers(cell).flatMap((peer) => {
    if (peer.result !== null) {
      return peer.result.firstFailures.filter((first) => isNoPort(first)).map((first) => first.at);
    }
    const line = peer.load.find((candidate) => candidate.failures?.some(isNoPort));
    return line === undefined ? [] : [line.t];
  });
  return instants.length === 0 ? null : Math.max(0, Math.min(...instants) - times.startedAt);
}

/** First instant after exhaustion from which more connections succeed than fail because no port is free. */
function recoveryMs(points: readonly LoadPoint[], exhaustedAt: number): number | null {
  const found = points.find((point) => point.fromMs > exhaustedAt && point.connected > point.noPort);
  return found === undefined ? null : found.fromMs;
}

/**
 * When the search began, where it did: past half of the four-tuples a large share of the intervals must be slow.
 * Single slow ones are noise of the machine, and the reuse delay's sawtooth is slow for about a third of its time.
 */
function cliffMs(points: readonly LoadPoint[], tuples: number, until: number): number | null {
  const usual: number[] = [];
  const past: LoadPoint[] = [];
  let opened = 0;
  for (const point of points) {
    if (point.fromMs >= until) break;
    if (point.connectCallP50Us === null) continue;
    if (opened < emptyShare * tuples) usual.push(point.connectCallP50Us);
    opened += point.connected;
    if (opened >= 0.5 * tuples) past.push(point);
  }
  if (usual.length === 0 || past.length < leastIntervals) return null;
  const usually = median(usual);
  const slow = past.filter((point) => {
    const call = point.connectCallP50Us ?? 0;
    return call >= cliffFactor * usually && call - usually >= cliffLeastUs;
  });
  return slow.length >= slowShare * past.length ? (slow[0]?.fromMs ?? null) : null;
}

/** For a program whose connect() is not timed: past half, fewer than this share of its usual connections a second … */
const slowRateShare = 1 / 3;
/** … while it keeps at least this much of a core busy: a program that is idle is not searching. */
const searchingCores = 0.5;

/** The cliff of a program that reports no connect() times: its rate falls at half of the ports, its CPU does not. */
function rateCliffMs(cell: CellRecord, points: readonly LoadPoint[], tuples: number, until: number): number | null {
  if (points.some((point) => point.connectCallP50Us !== null)) return null;
  const rate = (point: LoadPoint) => (point.attempts * 1000) / Math.max(1, point.toMs - point.fromMs);
  const usual: number[] = [];
  const past: LoadPoint[] = [];
  let opened = 0;
  for (const point of points) {
    if (point.fromMs >= until) break;
    if (opened < emptyShare * tuples && point.attempts > 0) usual.push(rate(point));
    opened += point.attempts;
    if (opened >= 0.5 * tuples) past.push(point);
  }
  // The interval in which half was reached belongs to both.
  const after = past.slice(1);
  if (usual.length === 0 || after.length < leastIntervals) return null;
  const usually = median(usual);
  const slow = after.filter((point) => point.attempts > 0 && rate(point) <= slowRateShare * usually);
  if (slow.length < slowShare * after.length || busyCores(cell, slow[0]?.fromMs ?? 0) < searchingCores) return null;
  return slow[0]?.fromMs ?? null;
}

/** Average number of cores that the load's programs used from then on. */
function busyCores(cell: CellRecord, fromMs: number): number {
  const times = loadTimes(cell);
  const lines = loadPeers(cell).flatMap((peer) => peer.cpu.filter(({ t }) => t - (times?.startedAt ?? 0) > fromMs));
  const busy = lines.map((line) => Object.values(line.busy).reduce((sum, share) => sum + share, 0));
  return busy.length === 0 ? 0 : busy.reduce((sum, share) => sum + share, 0) / busy.length;
}

function stretch(phase: Phase['phase'], fromMs: number, toMs: number, points: readonly LoadPoint[]): Phase {
  const inside = points.filter(
    (point) => (point.fromMs + point.toMs) / 2 >= fromMs && (point.fromMs + point.toMs) / 2 < toMs,
  );
  const calls = inside.flatMap((point) =>
    point.connectCallMeanUs === null ? [] : [[point.connectCallMeanUs, point.attempts] as const],
  );
  const weight = calls.reduce((sum, [, attempts]) => sum + attempts, 0);
  const connections = inside.map((point) => point.connections);
  const connected = connections.includes(null)
    ? null
    : connections.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return {
    phase,
    fromMs,
    toMs,
    connectCallMeanUs: weight === 0 ? null : calls.reduce((sum, [mean, attempts]) => sum + mean * attempts, 0) / weight,
    connectedPerSec: connected === null || toMs <= fromMs ? null : (connected * 1000) / (toMs - fromMs),
  };
}
