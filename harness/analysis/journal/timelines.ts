import type { JournalLine, JournalLineOf, LatencyUs } from '../../model/journal.ts';
import { allSampledSeries, readingOf } from '../../model/sampled-series.ts';
import type { Published } from '../../model/scenario.ts';

/** A value per instant of `t`; `null` where nothing was read or recorded. */
export type Series = (number | null)[];

/** Readings of one peer. All times: seconds since the cell's load began. */
export interface PeerTimeline {
  t: number[];
  /** By the names of `sampledSeries`. */
  sampled: Record<string, Series>;
  /** The full state counts, on their own, slower clock. */
  states: { t: number[]; counts: Record<string, Series> };
  gauges: { t: number[]; values: Record<string, Series> };
}

/** What one engine did, one entry per interval; `t` is the interval's end. */
export interface LoadTimeline {
  t: number[];
  /** Connections established per second; `null`: the engine does not count them, and its attempts are not connections. */
  connectedPerSec: Series;
  answersPerSec: Series;
  inFlight: Series;
  /** Arrivals that were due and not started yet; `null`: not counted, or a closed loop. */
  backlog: Series;
  /** errno → failures per second. */
  failuresPerSec: Record<string, Series>;
  connectCallP50Us: Series;
  connectCallP99Us: Series;
  connectLatencyP50Us: Series;
  connectLatencyP99Us: Series;
  requestP50Us: Series;
  requestP99Us: Series;
}

export interface CellTimelines {
  cell: string;
  /** What the plan says about the cell: for titles and axes. */
  about: {
    title: string;
    story: string;
    subject: string;
    from: string;
    to: string;
    /** One request per connection: each attempt of the load is one. */
    isPerRequest: boolean;
    published: Published | null;
  } | null;
  /** Run time at which the load began, ms; `null`: it never did, and times are those of the run. */
  loadStartMs: number | null;
  peers: Record<string, PeerTimeline>;
  loads: Record<string, LoadTimeline>;
}

export type Timelines = ReadonlyMap<string, CellTimelines>;

export interface TimelineCollector {
  add(line: JournalLine): void;
  /** May be called at any time, including while the run is in progress. */
  result(): Timelines;
}

/**
 * Folds journal lines into one timeline per cell; keeps numbers only, so that a long run stays small. A cell that the
 * scheduler repeats has a second `cell` line: everything before it belongs to the discarded attempt.
 */
export function timelineCollector(): TimelineCollector {
  const cells = new Map<string, Draft>();
  const draft = (id: string, begins: boolean): Draft => {
    const known = cells.get(id);
    if (known !== undefined && !begins) return known;
    const made: Draft = { cell: id, about: null, loadStartMs: null, peers: byName(), loads: byName() };
    cells.set(id, made);
    return made;
  };
  return {
    add(line) {
      if ('cell' in line) fold(draft(line.cell, line.type === 'cell'), line);
    },
    result: () => new Map([...cells].map(([id, made]) => [id, settle(made)])),
  };
}

/** Like the result, with times in ms of run time. */
type Draft = CellTimelines;

function fold(cell: Draft, line: Extract<JournalLine, { cell: string }>): void {
  switch (line.type) {
    case 'cell': {
      const { title, story, subject, load, published = null } = line.plan.scenario;
      const isPerRequest = load.requestsPerConnection === 1;
      cell.about = { title, story, subject, from: load.from, to: load.to, isPerRequest, published };
      return;
    }
    case 'sample': {
      const peer = peerOf(cell, line.role);
      peer.t.push(line.t);
      for (const series of allSampledSeries) peer.sampled[series.name]?.push(readingOf(line, series));
      return;
    }
    case 'states': {
      const { states } = peerOf(cell, line.role);
      append(states.t, states.counts, line.t, line.states);
      return;
    }
    case 'gauge': {
      const { gauges } = peerOf(cell, line.role);
      append(gauges.t, gauges.values, line.t, line.values);
      return;
    }
    case 'load':
      foldLoad(cell, line);
      return;
    case 'load-end':
      // An engine without intervals still reports when it began.
      cell.loadStartMs = earliest(cell.loadStartMs, line.result.startedAt);
  }
}

function foldLoad(cell: Draft, line: JournalLineOf<'load'>): void {
  cell.loadStartMs = earliest(cell.loadStartMs, line.t - line.intervalMs);
  const load = loadOf(cell, line.role);
  const perSec = (count: number) => (line.intervalMs > 0 ? round((count * 1000) / line.intervalMs) : null);
  load.t.push(line.t);
  const connections = line.connected ?? (cell.about?.isPerRequest === false ? null : line.completed);
  load.connectedPerSec.push(connections === null ? null : perSec(connections));
  load.answersPerSec.push(line.answers === null ? null : perSec(line.answers));
  load.inFlight.push(line.inFlight);
  load.backlog.push(line.backlog ?? null);
  const failures = byName<number>();
  for (const { errno, count } of line.failures ?? []) failures[errno] = (failures[errno] ?? 0) + count;
  for (const errno of Object.keys(failures)) {
    // Before its first failure an errno had none: that is known, not unread.
    load.failuresPerSec[errno] ??= new Array(load.t.length - 1).fill(0);
  }
  for (const [errno, series] of Object.entries(load.failuresPerSec)) series.push(perSec(failures[errno] ?? 0));
  const percentiles = (name: 'connectCall' | 'connectLatency' | 'request', latency: LatencyUs) => {
    load[`${name}P50Us`].push(latency === null ? null : round(latency.p50));
    load[`${name}P99Us`].push(latency === null ? null : round(latency.p99));
  };
  percentiles('connectCall', line.connectCallUs);
  percentiles('connectLatency', line.connectLatencyUs);
  percentiles('request', line.requestLatencyUs);
}

function peerOf(cell: Draft, role: string): PeerTimeline {
  cell.peers[role] ??= {
    t: [],
    sampled: Object.fromEntries(allSampledSeries.map(({ name }) => [name, []])),
    states: { t: [], counts: byName() },
    gauges: { t: [], values: byName() },
  };
  return cell.peers[role];
}

function loadOf(cell: Draft, role: string): LoadTimeline {
  cell.loads[role] ??= {
    t: [],
    connectedPerSec: [],
    answersPerSec: [],
    inFlight: [],
    backlog: [],
    failuresPerSec: byName(),
    connectCallP50Us: [],
    connectCallP99Us: [],
    connectLatencyP50Us: [],
    connectLatencyP99Us: [],
    requestP50Us: [],
    requestP99Us: [],
  };
  return cell.loads[role];
}

/** Without a prototype: a program may name an errno or a gauge `constructor`. */
function byName<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

function append(t: number[], columns: Record<string, Series>, at: number, row: Readonly<Record<string, number>>): void {
  for (const name of Object.keys(row)) columns[name] ??= new Array(t.length).fill(null);
  t.push(at);
  for (const [name, series] of Object.entries(columns)) series.push(row[name] ?? null);
}

/** Run time in ms → seconds since the load began. */
function settle(cell: Draft): CellTimelines {
  const zero = cell.loadStartMs ?? 0;
  const since = (t: readonly number[]) => t.map((ms) => Math.round(ms - zero) / 1000);
  const peers = Object.entries(cell.peers).map(([role, peer]) => [
    role,
    {
      ...peer,
      t: since(peer.t),
      states: { ...peer.states, t: since(peer.states.t) },
      gauges: { ...peer.gauges, t: since(peer.gauges.t) },
    },
  ]);
  const loads = Object.entries(cell.loads).map(([role, load]) => [role, { ...load, t: since(load.t) }]);
  return { ...cell, peers: Object.fromEntries(peers), loads: Object.fromEntries(loads) };
}

function earliest(known: number | null, t: number): number {
  return known === null ? t : Math.min(known, t);
}

function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}
