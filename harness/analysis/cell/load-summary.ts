import { addedUp, countOf } from '../../model/failures.ts';
import type { Failure } from '../../model/journal.ts';
import type { LoadReport } from '../../model/report.ts';
import type { CellRecord, PeerRecord } from '../journal/collect.ts';
import { engineFacts } from '../journal/facts.ts';
import { mergedLatency } from './merged-latency.ts';

/** Peers of the cell that made load. */
export function loadPeers(cell: CellRecord): PeerRecord[] {
  const kind = cell.plan.scenario.load.from;
  return cell.plan.peers.filter((peer) => peer.kind === kind).flatMap((peer) => cell.peers.get(peer.role) ?? []);
}

/** One interval of all load peers together; times in ms since the load began. */
export interface LoadPoint {
  fromMs: number;
  toMs: number;
  attempts: number;
  /** Connections established, or attempts completed where the engine does not count them. */
  connected: number;
  /** Connections established; `null`: the engine does not count them, and its attempts are not connections. */
  connections: number | null;
  completed: number;
  answers: number | null;
  /** connect(2) failures because no port was free: EADDRNOTAVAIL, or EADDRINUSE in bind(2). */
  noPort: number;
  connectCallMeanUs: number | null;
  connectCallP50Us: number | null;
}

export function isNoPort(failure: Pick<Failure, 'errno' | 'phase'>): boolean {
  return failure.errno === 'EADDRNOTAVAIL' || (failure.errno === 'EADDRINUSE' && failure.phase === 'bind');
}

/** When the load began and ended, ms since the run began; from the intervals where it was cut off. */
export function loadTimes(cell: CellRecord): { startedAt: number; endedAt: number } | null {
  const peers = loadPeers(cell);
  const starts = peers.flatMap((peer) => {
    const first = peer.load[0];
    return peer.result ? [peer.result.startedAt] : first ? [first.t - first.intervalMs] : [];
  });
  const ends = peers.flatMap((peer) => {
    const last = peer.load.at(-1);
    return peer.result ? [peer.result.endedAt] : last ? [last.t] : [];
  });
  return starts.length === 0 ? null : { startedAt: Math.min(...starts), endedAt: Math.max(...ends) };
}

/** The load over time. Intervals of several load peers are matched by index. */
export function loadPoints(cell: CellRecord): LoadPoint[] {
  const times = loadTimes(cell);
  if (times === null) return [];
  const peers = loadPeers(cell);
  const longest = Math.max(0, ...peers.map((peer) => peer.load.length));
  const points: LoadPoint[] = [];
  for (let index = 0; index < longest; index++) {
    const lines = peers.flatMap((peer) => peer.load[index] ?? []);
    const sum = (pick: (line: (typeof lines)[number]) => number) =>
      lines.reduce((total, line) => total + pick(line), 0);
    const calls = lines.flatMap((line) => line.connectCallUs ?? []);
    const callCount = calls.reduce((total, call) => total + call.count, 0);
    points.push({
      fromMs: Math.min(...lines.map((line) => line.t - line.intervalMs)) - times.startedAt,
      toMs: Math.max(...lines.map((line) => line.t)) - times.startedAt,
      attempts: sum((line) => line.attempts),
      connected: sum((line) => line.connected ?? line.completed),
      connections: sumOrNull(lines.map((line) => line.connected ?? (isConnection(cell) ? line.completed : null))),
      completed: sum((line) => line.completed),
      answers: sumOrNull(lines.map((line) => line.answers)),
      noPort: sum((line) => countOf((line.failures ?? []).filter(isNoPort))),
      connectCallMeanUs:
        callCount === 0 ? null : calls.reduce((total, call) => total + call.mean * call.count, 0) / callCount,
      connectCallP50Us: calls.length === 0 ? null : Math.max(...calls.map((call) => call.p50)),
    });
  }
  return points;
}

/** Sums of all load peers; `null`: no load was reported. */
export function loadReport(cell: CellRecord): LoadReport | null {
  const peers = loadPeers(cell);
  const times = loadTimes(cell);
  if (times === null) return null;
  const { load } = cell.plan.scenario;
  const counts = peers.map(countsOf);
  const sum = (pick: (count: (typeof counts)[number]) => number) => counts.reduce((total, one) => total + pick(one), 0);
  // What one peer did not count is unknown for all.
  const seen = counts.every((one) => one.failures !== null);
  const results = peers.flatMap((peer) => peer.result ?? []);
  const durationMs = times.endedAt - times.startedAt;
  const answers = sumOrNull(counts.map((one) => one.answers));
  const points = loadPoints(cell);
  const kernelCounts = results.some((result) => result.countedBy === 'kernel');
  return {
    engine: load.engine,
    engineVersion: results[0]?.engineVersion ?? null,
    transport: results[0]?.transport ?? null,
    closePolicy: load.closePolicy,
    attempts: sum((one) => one.attempts),
    ...scheduleOf(peers),
    connected: counts.every((one) => one.connected !== null) ? sum((one) => one.connected ?? 0) : null,
    completed: sum((one) => one.completed),
    answers,
    inFlight: sumOrNull(counts.map((one) => one.inFlight)),
    failures: seen ? addedUp(counts.flatMap((one) => one.failures ?? [])) : null,
    durationMs,
    ...(kernelCounts && { countedBy: 'kernel' as const }),
    rate: rateOf(
      cell,
      sum((one) => one.completed),
      answers,
      points,
    ),
    connectCallUs: mergedLatency(results, 'connectCallUs'),
    connectLatencyUs: mergedLatency(results, 'connectLatencyUs'),
    requestLatencyUs: mergedLatency(results, 'requestLatencyUs'),
    scheduleLagUs: mergedLatency(results, 'scheduleLagUs'),
    blindSpots: [...new Set(results.flatMap((result) => result.blindSpots))],
  };
}

/** What became of the arrivals, where every load peer's engine counts it. */
function scheduleOf(peers: readonly PeerRecord[]): Pick<LoadReport, 'due' | 'notStarted'> {
  const due = sumOrNull(peers.map(({ result }) => result?.due ?? null));
  const notStarted = sumOrNull(peers.map((peer) => countsOf(peer).notStarted ?? null));
  return { ...(due !== null && { due }), ...(notStarted !== null && { notStarted }) };
}

/** One part that does not report it makes the sum unknown. */
function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}

/** An attempt of this load is a connection, not one request of many on it. */
function isConnection(cell: CellRecord): boolean {
  return cell.plan.scenario.load.requestsPerConnection === 1;
}

/**
 * The load's rate, from one source: requests answered where connections are reused and the engine counts answers,
 * connections completed otherwise.
 */
function rateOf(
  cell: CellRecord,
  completed: number,
  answers: number | null,
  points: readonly LoadPoint[],
): LoadReport['rate'] {
  const { arrival } = cell.plan.scenario.load;
  const { paced, followsRate = paced } = engineFacts(cell);
  const isRequests = !isConnection(cell) && answers !== null;
  return {
    counts: isRequests ? 'requests' : 'connections',
    offered: arrival.loop === 'open' && followsRate ? arrival.ratePerSec : null,
    achieved: ((isRequests ? answers : completed) * 1000) / Math.max(1, loadTimeMs(cell, points)),
    peak: peakPerSec(points, (point) => (isRequests ? point.answers : point.completed)),
  };
}

/**
 * The time that rates are computed over: the requested duration, because the drain after it is not load; at least
 * until the last attempt, at most the elapsed time. 0: no load was reported.
 */
export function loadTimeMs(cell: CellRecord, points: readonly LoadPoint[]): number {
  const times = loadTimes(cell);
  if (times === null) return 0;
  const lastAttemptMs = points.filter((point) => point.attempts > 0).at(-1)?.toMs ?? 0;
  return Math.min(times.endedAt - times.startedAt, Math.max(cell.plan.scenario.load.durationMs, lastAttemptMs));
}

/** An engine's totals, or the sum of its intervals if it was cut short. */
function countsOf(peer: PeerRecord) {
  if (peer.result !== null) return peer.result;
  const sum = (pick: (line: (typeof peer.load)[number]) => number) =>
    peer.load.reduce((total, line) => total + pick(line), 0);
  return {
    attempts: sum((line) => line.attempts),
    ...(peer.load.every((line) => line.notStarted !== undefined) && {
      notStarted: sum((line) => line.notStarted ?? 0),
    }),
    connected: peer.load.every((line) => line.connected !== null) ? sum((line) => line.connected ?? 0) : null,
    completed: sum((line) => line.completed),
    answers: sumOrNull(peer.load.map((line) => line.answers)),
    inFlight: peer.load.at(-1)?.inFlight ?? null,
    failures: peer.load.some((line) => line.failures === null)
      ? null
      : peer.load.flatMap((line) => line.failures ?? []),
  };
}

/** Highest rate of any one second, from the intervals; `null`: none was that long, or one of its intervals was not read. */
function peakPerSec(points: readonly LoadPoint[], read: (point: LoadPoint) => number | null): number | null {
  let peak: number | null = null;
  let from = 0;
  let inWindow = 0;
  for (const [to, point] of points.entries()) {
    const count = read(point);
    if (count === null) return null;
    inWindow += count;
    while (point.toMs - (points[from] as LoadPoint).fromMs > 1050 && from < to) {
      inWindow -= read(points[from] as LoadPoint) ?? 0;
      from++;
    }
    const spanMs = point.toMs - (points[from] as LoadPoint).fromMs;
    if (spanMs >= 900) peak = Math.max(peak ?? 0, (inWindow * 1000) / spanMs);
  }
  return peak;
}
