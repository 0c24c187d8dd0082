import type { Level, PeerReport, StateSummary } from '../../model/report.ts';
import { allSampledSeries, readingOf } from '../../model/sampled-series.ts';
import { type TcpState, tcpStates } from '../../model/vocabulary.ts';
import type { PeerRecord } from '../journal/collect.ts';
import { establishedOf } from './established.ts';

/** Each series of the samples over the whole cell; `null`: no sample read it. */
export function sampledLevels(peer: PeerRecord): PeerReport['sampled'] {
  return Object.fromEntries(
    allSampledSeries.map((series) => [series.name, levelOf(peer.samples.map((sample) => readingOf(sample, series)))]),
  );
}

export function stateSummaries(peer: PeerRecord): PeerReport['states'] {
  const dumps = [...peer.states, ...snapshots(peer)];
  const summaries = {} as PeerReport['states'];
  for (const state of tcpStates) summaries[state] = byDumps(state, dumps);
  summaries.ESTABLISHED = establishedSummary(peer, summaries.ESTABLISHED);
  summaries.TIME_WAIT = timeWaitSummary(peer) ?? summaries.TIME_WAIT;
  return summaries;
}

/** Highest TIME_WAIT of all readings; `null`: there was none. */
export function peakTimeWait(peer: PeerRecord): number | null {
  return timeWaitSummary(peer)?.peak ?? null;
}

/** TIME_WAIT at the end of the measured time, from sockstat. */
export function liveTimeWait(last: { tw: number; smallFinWait2: number }): number {
  return Math.max(0, last.tw - last.smallFinWait2);
}

/**
 * sockstat's count in every sample. Where it includes FIN_WAIT2 timewait sockets only a state dump can separate the
 * two, so only dumps are used.
 */
function timeWaitSummary(peer: PeerRecord): StateSummary {
  const shots = snapshots(peer);
  const isMixed = [...peer.states, ...shots].some((reading) => reading.smallFinWait2 > 0);
  const series = isMixed
    ? peer.states.map(({ states }) => states.TIME_WAIT ?? null)
    : peer.samples.map(({ readings }) => readings.tw ?? null);
  const level = levelOf(series);
  // A snapshot is a reading like any other: a peak between two samples may be in it.
  const seen = shots.map((shot) => shot.states?.TIME_WAIT ?? liveTimeWait(shot));
  const last = shots.at(-1);
  if (last === undefined) return level && { ...level, source: isMixed ? 'dumps' : 'samples' };
  return {
    peak: Math.max(level?.peak ?? 0, ...seen),
    atEnd: liveTimeWait(last),
    mean: level?.mean ?? liveTimeWait(last),
    source: isMixed ? 'dumps' : 'samples',
  };
}

/** From every sample, and from the dumps, which are exact at their own instants. */
function establishedSummary(peer: PeerRecord, dumped: StateSummary): StateSummary {
  const dumps = [...peer.states, ...snapshots(peer)]
    .flatMap(({ t, states }) => (states === null ? [] : [{ t, closeWait: states.CLOSE_WAIT ?? 0 }]))
    .sort((a, b) => a.t - b.t);
  const gauges = peer.samples.map((sample) => sample.counters['Tcp.CurrEstab']);
  const level = levelOf(
    establishedOf(
      peer.samples.map(({ t }) => t),
      gauges,
      dumps,
    ),
  );
  if (level === null || dumped === null) return dumped;
  return {
    peak: Math.max(level.peak, dumped.peak),
    atEnd: dumped.atEnd,
    mean: level.mean,
    source: 'samples',
  };
}

function byDumps(state: TcpState, dumps: readonly { states: Record<string, number> | null }[]): StateSummary {
  const level = levelOf(dumps.map(({ states }) => (states === null ? null : (states[state] ?? 0))));
  return level && { ...level, source: 'dumps' };
}

function snapshots(peer: PeerRecord) {
  return [peer.loadEnd, peer.end].filter((shot) => shot !== null);
}

function levelOf(readings: readonly (number | null)[]): Level | null {
  let level: { peak: number; sum: number; count: number; atEnd: number } | null = null;
  for (const value of readings) {
    if (value === null) continue;
    level ??= { peak: value, sum: 0, count: 0, atEnd: value };
    level.peak = Math.max(level.peak, value);
    level.sum += value;
    level.count++;
    level.atEnd = value;
  }
  return level && { peak: level.peak, atEnd: level.atEnd, mean: level.sum / level.count };
}
