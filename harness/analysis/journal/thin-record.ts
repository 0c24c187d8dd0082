import { addedUp } from '../../model/failures.ts';
import type { JournalLineOf } from '../../model/journal.ts';
import { allSampledSeries, readingOf } from '../../model/sampled-series.ts';
import type { CellRecord, PeerRecord } from './collect.ts';

/** Readings of one kind and peer that are kept; above twice as many, every second one is dropped. */
export const keptReadings = 128;

/**
 * Thins a running cell's record in place, so that evaluating it costs the same after a second and after a day. Sums,
 * peaks, first and last readings are unchanged; means and percentiles become those of fewer readings. Returns whether
 * anything was dropped.
 */
export function thinRecord(cell: CellRecord): boolean {
  let thinned = false;
  const due = (readings: readonly unknown[]) => {
    const isDue = readings.length > 2 * keptReadings;
    thinned ||= isDue;
    return isDue;
  };
  for (const peer of cell.peers.values()) {
    if (due(peer.samples)) peer.samples = thinSamples(peer.samples);
    if (due(peer.states)) peer.states = everySecond(peer.states, peaks(peer.states.map((line) => line.states)));
    if (due(peer.conntrack)) {
      peer.conntrack = everySecond(peer.conntrack, peaks(peer.conntrack.map((line) => line.states)));
    }
    if (due(peer.gauges)) peer.gauges = everySecond(peer.gauges, peaks(peer.gauges.map((line) => line.values)));
    if (due(peer.cpu)) peer.cpu = everySecond(peer.cpu, new Set());
    if (due(peer.load)) peer.load = joinedIntervals(peer.load);
    if (due(peer.ports)) peer.ports = everySecond(peer.ports, peaks(peer.ports.map(mostUsed)));
    if (due(peer.program)) peer.program = thinEvents(peer.program);
  }
  return thinned;
}

/** First, last, and every second one between; and those at `kept` places. */
function everySecond<T>(readings: readonly T[], kept: ReadonlySet<number>): T[] {
  return readings.filter((_, index) => index % 2 === 0 || index === readings.length - 1 || kept.has(index));
}

/** Places of the highest reading of each name. */
function peaks(readings: readonly Readonly<Record<string, number>>[]): Set<number> {
  const highest = new Map<string, { value: number; index: number }>();
  for (const [index, reading] of readings.entries()) {
    for (const [name, value] of Object.entries(reading)) {
      if (value > (highest.get(name)?.value ?? Number.NEGATIVE_INFINITY)) highest.set(name, { value, index });
    }
  }
  return new Set([...highest.values()].map(({ index }) => index));
}

function mostUsed({ pairs, sources }: JournalLineOf<'ports'>): Record<string, number> {
  const most = (uses: readonly { used: number }[]) => Math.max(0, ...uses.map(({ used }) => used));
  return { pair: most(pairs), source: most(sources) };
}

type Event = JournalLineOf<'program'>;

/**
 * Of a program's signs of activity, every second one goes; counts are added up in the first line of their kind, which
 * marks when they began. Start, messages and end are kept.
 */
function thinEvents(events: readonly Event[]): Event[] {
  const lastActive = events.findLastIndex(({ event }) => event.is === 'active');
  let active = 0;
  const thin: Event[] = [];
  for (const [index, line] of events.entries()) {
    if (line.event.is === 'active') {
      if (active++ % 2 === 0 || index === lastActive) thin.push(line);
      continue;
    }
    const sameKind = thin.findIndex((one) => one.event.is === line.event.is);
    const sum = sameKind < 0 ? null : eventsTogether((thin[sameKind] as Event).event, line.event);
    if (sum === null) thin.push(line);
    else thin[sameKind] = { ...(thin[sameKind] as Event), event: sum };
  }
  return thin;
}

/** `null`: they are not counts of one kind. */
function eventsTogether(one: Event['event'], next: Event['event']): Event['event'] | null {
  if (one.is === 'traced' && next.is === 'traced') {
    const key = ({ syscall, errno, address }: (typeof one.failures)[number]) => `${syscall} ${errno} ${address}`;
    return { ...one, failures: countsTogether([...one.failures, ...next.failures], key) };
  }
  if (one.is !== 'port-misses' || next.is !== 'port-misses') return null;
  const failed = countsTogether([...one.failed, ...next.failed], ({ destination }) => destination);
  return { ...one, failed, bound: one.bound + next.bound, lost: one.lost + next.lost };
}

function countsTogether<T extends { count: number }>(counts: readonly T[], key: (one: T) => string): T[] {
  const sums = new Map<string, T>();
  for (const one of counts) {
    const before = sums.get(key(one));
    sums.set(key(one), before === undefined ? one : { ...before, count: before.count + one.count });
  }
  return [...sums.values()];
}

function thinSamples(samples: PeerRecord['samples']): PeerRecord['samples'] {
  const kept = peaks(
    samples.map((sample) => ({
      costMs: sample.costMs,
      ...Object.fromEntries(allSampledSeries.map((series) => [series.name, readingOf(sample, series) ?? 0])),
    })),
  );
  let missed = 0;
  const thin: PeerRecord['samples'] = [];
  for (const [index, sample] of samples.entries()) {
    missed += sample.missed;
    if (index % 2 === 1 && index < samples.length - 1 && !kept.has(index)) continue;
    thin.push({ ...sample, missed });
    missed = 0;
  }
  return thin;
}

type Interval = JournalLineOf<'load'>;

/**
 * Two intervals become one; the first one and the first with failures are kept, because they mark when something
 * began.
 */
function joinedIntervals(intervals: readonly Interval[]): Interval[] {
  const failed = intervals.findIndex((interval) => (interval.failures?.length ?? 0) > 0);
  const joined: Interval[] = [];
  for (let index = 0; index < intervals.length; index++) {
    const [one, next] = [intervals[index] as Interval, intervals[index + 1]];
    const isKept = index === 0 || index === failed || index + 1 === failed || next === undefined;
    if (!isKept) index++;
    joined.push(isKept ? one : join(one, next));
  }
  return joined;
}

function join(one: Interval, next: Interval): Interval {
  const sum = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b);
  return {
    ...next,
    intervalMs: one.intervalMs + next.intervalMs,
    attempts: one.attempts + next.attempts,
    connected: sum(one.connected, next.connected),
    completed: one.completed + next.completed,
    failedAfterConnect: sum(one.failedAfterConnect, next.failedAfterConnect),
    ...(one.notStarted !== undefined && { notStarted: one.notStarted + (next.notStarted ?? 0) }),
    answers: sum(one.answers, next.answers),
    failures: one.failures === null || next.failures === null ? null : addedUp([...one.failures, ...next.failures]),
    connectCallUs: together(one.connectCallUs, next.connectCallUs),
    connectLatencyUs: together(one.connectLatencyUs, next.connectLatencyUs),
    requestLatencyUs: together(one.requestLatencyUs, next.requestLatencyUs),
    scheduleLagUs: together(one.scheduleLagUs, next.scheduleLagUs),
  };
}

/** Percentiles of two intervals cannot be merged: their mean, weighted by count, replaces both. */
function together(one: Interval['connectCallUs'], next: Interval['connectCallUs']): Interval['connectCallUs'] {
  if (one === null || next === null) return one ?? next;
  const count = one.count + next.count;
  const mean = (pick: (latency: NonNullable<Interval['connectCallUs']>) => number) =>
    count === 0 ? 0 : (pick(one) * one.count + pick(next) * next.count) / count;
  return {
    count,
    mean: mean((latency) => latency.mean),
    p50: mean((latency) => latency.p50),
    p90: mean((latency) => latency.p90),
    p99: mean((latency) => latency.p99),
    p999: mean((latency) => latency.p999),
    max: Math.max(one.max, next.max),
  };
}
