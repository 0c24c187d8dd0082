import type { Counters } from '../../model/journal.ts';
import type { PeerReport } from '../../model/report.ts';
import { type TcpState, tcpStates } from '../../model/vocabulary.ts';
import type { PeerRecord } from '../journal/collect.ts';

/** A tick later than this is counted as late. */
const lateMs = 20;

/** Growth of every counter from the first to the last snapshot; `null` where either is missing. */
export function growth(peer: PeerRecord): Counters | null {
  const last = peer.end ?? peer.loadEnd;
  if (peer.begin === null || last === null) return null;
  const grown: Counters = {};
  for (const [name, value] of Object.entries(last.counters)) {
    const before = peer.begin.counters[name];
    if (before !== undefined) grown[name] = name === 'Tcp.CurrEstab' ? value : value - before;
  }
  return grown;
}

/** TIME_WAITs scheduled: TcpExt TW, and TWKilled for those with a time-out of 4 s or less (kernel inet_twsk_schedule). */
export function created(counters: Counters): number {
  return (counters['TcpExt.TW'] ?? 0) + (counters['TcpExt.TWKilled'] ?? 0);
}

/**
 * One peer's part of the report; `null` where no pair of snapshots was taken. `finWait2`: timewait sockets of
 * its counts that never became TIME_WAIT (fin-wait2.ts).
 */
export function peerReport(peer: PeerRecord, finWait2: number): PeerReport | null {
  const counters = growth(peer);
  const last = peer.end ?? peer.loadEnd;
  if (counters === null || last === null || peer.settings === null) return null;
  return {
    sysctls: { requested: peer.settings.requested, effective: peer.settings.effective },
    states: stateSummaries(peer),
    timeWait: {
      created: Math.max(0, created(counters) - finWait2),
      ...(finWait2 > 0 && { finWait2 }),
      recycled: counters['TcpExt.TWRecycled'] ?? 0,
      overflowed: counters['TcpExt.TCPTimeWaitOverflow'] ?? 0,
      peak: peakTimeWait(peer),
      live: Math.max(0, last.tw - last.smallFinWait2),
    },
    conntrack: conntrackSummary(peer),
    counters,
    sampler: samplerSummary(peer),
    cpu: meanBusy(peer),
    servers: peer.servers.map(({ server, version, closes }) => ({ server, version, closes })),
    gauges: gaugeSummary(peer),
  };
}

interface TimeWaitPoint {
  t: number;
  timeWait: number;
}

/**
 * TIME_WAIT over time: sockstat's number of every sample. Where FIN_WAIT2 is kept in the same form only a state
 * dump can tell the two apart, so that there are as many points as dumps.
 */
export function timeWaitSeries(peer: PeerRecord): TimeWaitPoint[] {
  const isMixed = [...peer.states, peer.loadEnd, peer.end].some((reading) => (reading?.smallFinWait2 ?? 0) > 0);
  return isMixed
    ? peer.states.map(({ t, states }) => ({ t, timeWait: states.TIME_WAIT ?? 0 }))
    : peer.samples.map(({ t, tw }) => ({ t, timeWait: tw }));
}

function peakTimeWait(peer: PeerRecord): number {
  let peak = 0;
  for (const { timeWait } of timeWaitSeries(peer)) peak = Math.max(peak, timeWait);
  // A snapshot is a reading like any other: a peak between two samples may be in it.
  for (const shot of [peer.loadEnd, peer.end]) {
    if (shot) peak = Math.max(peak, shot.states?.TIME_WAIT ?? shot.tw - shot.smallFinWait2);
  }
  return peak;
}

function stateSummaries(peer: PeerRecord): PeerReport['states'] {
  const dumps = [...peer.states, ...[peer.loadEnd, peer.end].filter((shot) => shot !== null)];
  const summaries = {} as PeerReport['states'];
  for (const state of tcpStates) summaries[state] = summaryOf(state, dumps);
  const series = timeWaitSeries(peer);
  if (series.length > 0) {
    const last = peer.end ?? peer.loadEnd;
    const sum = series.reduce((total, point) => total + point.timeWait, 0);
    summaries.TIME_WAIT = {
      peak: peakTimeWait(peer),
      atEnd: last === null ? (series.at(-1)?.timeWait ?? 0) : Math.max(0, last.tw - last.smallFinWait2),
      mean: sum / series.length,
    };
  }
  return summaries;
}

function summaryOf(state: TcpState, dumps: readonly { states: Record<string, number> | null }[]) {
  const values = dumps.flatMap((dump) => (dump.states === null ? [] : [dump.states[state] ?? 0]));
  if (values.length === 0) return null;
  const sum = values.reduce((total, value) => total + value, 0);
  return { peak: Math.max(...values), atEnd: values.at(-1) ?? 0, mean: sum / values.length };
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
  const entries = peer.samples.flatMap((sample) => (sample.conntrack === null ? [] : [sample.conntrack]));
  const peak = entries.reduce((most, value) => Math.max(most, value), 0);
  // A namespace counts 0 for ever unless a rule asks for the state of connections: nothing was tracked.
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

/** The first reading of each reaches back before the load, to when its clock was started, and counts only if it is alone. */
function meanBusy(peer: PeerRecord): PeerReport['cpu'] {
  const readings = new Map<string, number[]>();
  for (const line of peer.cpu) {
    for (const [name, busy] of Object.entries(line.busy)) readings.set(name, [...(readings.get(name) ?? []), busy]);
  }
  if (readings.size === 0) return null;
  return Object.fromEntries(
    [...readings].map(([name, all]) => {
      const values = all.length > 1 ? all.slice(1) : all;
      return [name, values.reduce((sum, value) => sum + value, 0) / values.length];
    }),
  );
}

function gaugeSummary(peer: PeerRecord): PeerReport['gauges'] {
  const gauges: PeerReport['gauges'] = {};
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
