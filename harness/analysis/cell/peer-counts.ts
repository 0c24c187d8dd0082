import type { Counters } from '../../model/journal.ts';
import type { PeerReport } from '../../model/report.ts';
import { allSampledSeries } from '../../model/sampled-series.ts';
import type { PeerRecord } from '../journal/collect.ts';
import { liveTimeWait, peakTimeWait, sampledLevels, stateSummaries } from './socket-levels.ts';

/** A tick later than this is counted as late. */
const lateMs = 20;

/** Counters that are gauges: only their final value is meaningful, not their growth. */
const gauges: ReadonlySet<string> = new Set(allSampledSeries.flatMap(({ counter }) => counter ?? []));

/** Growth of every counter from the first to the last snapshot; `null` where either is missing. */
export function growth(peer: PeerRecord): Counters | null {
  const last = peer.end ?? peer.loadEnd;
  if (peer.begin === null || last === null) return null;
  const grown: Counters = {};
  for (const [name, value] of Object.entries(last.counters)) {
    const before = peer.begin.counters[name];
    if (before !== undefined) grown[name] = gauges.has(name) ? value : value - before;
  }
  return grown;
}

/** NaN for a counter that the kernel does not have: it carries through sums, and is `null` or absent in the report. */
export function counted(counters: Counters, name: string): number {
  return counters[name] ?? Number.NaN;
}

/** TIME_WAITs scheduled: TcpExt TW, and TWKilled for those with a time-out of 4 s or less (kernel inet_twsk_schedule). */
export function created(counters: Counters): number {
  return counted(counters, 'TcpExt.TW') + counted(counters, 'TcpExt.TWKilled');
}

function orNull(count: number): number | null {
  return Number.isNaN(count) ? null : count;
}

/**
 * One peer's part of the report; `null` where no pair of snapshots was taken. `finWait2`: timewait sockets among its
 * counts that never became TIME_WAIT (fin-wait2.ts).
 */
export function peerReport(peer: PeerRecord, kind: string, finWait2: number): PeerReport | null {
  const counters = growth(peer);
  const last = peer.end ?? peer.loadEnd;
  if (counters === null || last === null || peer.settings === null) return null;
  return {
    kind,
    ...(peer.settings.host && { host: peer.settings.host }),
    ...(peer.settings.clock && { clock: peer.settings.clock }),
    sysctls: {
      requested: peer.settings.requested,
      effective: peer.settings.effective,
      ...(peer.settings.defaults && { defaults: peer.settings.defaults }),
    },
    states: stateSummaries(peer),
    sampled: sampledLevels(peer),
    timeWait: {
      created: orNull(Math.max(0, created(counters) - finWait2)),
      ...(finWait2 > 0 && { finWait2 }),
      recycled: orNull(counted(counters, 'TcpExt.TWRecycled')),
      overflowed: orNull(counted(counters, 'TcpExt.TCPTimeWaitOverflow')),
      peak: peakTimeWait(peer) ?? 0,
      live: liveTimeWait(last),
    },
    conntrack: conntrackSummary(peer),
    counters,
    sampler: samplerSummary(peer),
    cpu: meanBusy(peer),
    servers: peer.servers.map(({ server, version, closes, program }) => ({
      server,
      version,
      closes,
      ...(program && { program }),
    })),
    gauges: gaugeSummary(peer),
  };
}

function samplerSummary(peer: PeerRecord): PeerReport['sampler'] {
  const costs = peer.samples.map((sample) => sample.costMs);
  const sum = costs.reduce((total, cost) => total + cost, 0);
  return {
    ticks: peer.samples.length,
    missed: peer.samples.reduce((total, sample) => total + sample.missed, 0),
    late: peer.samples.filter((sample) => sample.lateMs > lateMs).length,
    meanCostMs: costs.length === 0 ? 0 : sum / costs.length,
    maxCostMs: costs.reduce((most, cost) => Math.max(most, cost), 0),
  };
}

function conntrackSummary(peer: PeerRecord): PeerReport['conntrack'] {
  const entries = peer.samples.flatMap(({ readings }) => readings.conntrack ?? []);
  const peak = entries.reduce((most, value) => Math.max(most, value), 0);
  // conntrack stays at 0 in a namespace without a rule that uses connection state: nothing was tracked.
  if (peak === 0 && peer.conntrack.every((line) => Object.keys(line.states).length === 0)) return null;
  const timeWait = peer.conntrack.map((line) => line.states.TIME_WAIT ?? 0);
  const last = peer.conntrack.at(-1);
  return {
    entriesPeak: peak,
    timeWaitPeak: timeWait.length === 0 ? null : Math.max(...timeWait),
    timeWaitAtEnd: timeWait.at(-1) ?? null,
    establishedAtEnd: last === undefined ? null : (last.states.ESTABLISHED ?? 0),
  };
}

/** Each thread's first reading includes time before the load, so it counts only if it is the only one. */
function meanBusy(peer: PeerRecord): PeerReport['cpu'] {
  const readings = new Map<string, { first: number; sum: number; count: number }>();
  for (const line of peer.cpu) {
    for (const [name, busy] of Object.entries(line.busy)) {
      const known = readings.get(name);
      if (known === undefined) readings.set(name, { first: busy, sum: 0, count: 0 });
      else {
        known.sum += busy;
        known.count++;
      }
    }
  }
  if (readings.size === 0) return null;
  return Object.fromEntries(
    [...readings].map(([name, { first, sum, count }]) => [name, count === 0 ? first : sum / count]),
  );
}

function gaugeSummary(peer: PeerRecord): PeerReport['gauges'] {
  // Without a prototype: a program may name a gauge `constructor`.
  const gauges = Object.create(null) as PeerReport['gauges'];
  for (const line of peer.gauges) {
    for (const [name, value] of Object.entries(line.values)) {
      const known = gauges[name];
      gauges[name] = known
        ? { first: known.first, last: value, max: Math.max(known.max, value) }
        : { first: value, last: value, max: value };
    }
  }
  return gauges;
}
