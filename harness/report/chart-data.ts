import type { CellTimelines, LoadTimeline, PeerTimeline, Series } from '../analysis/timelines.ts';
import type { MeasuredCell, Phase } from '../model/report.ts';
import { mergeLoads } from './merge-loads.ts';
import { strideFor, thin, thinTimes } from './thin.ts';
import type { ProfileColumn, ReportView, ScenarioView } from './view.ts';

/** One chart: series over time, in seconds since the load began. */
export interface Chart {
  title: string;
  /** `%` for shares, `µs`, `/s`, or nothing for counts. */
  unit: string;
  log: boolean;
  /** Each series has its own clock; `x` is an index into `times`. `color`: index into the palette. */
  series: { label: string; x: number; y: Series; color: number; width?: number }[];
  times: number[][];
  /** Dashed horizontal lines: predictions of the budget. */
  lines: { label: string; y: number }[];
  /** Shaded stretches, in seconds. */
  phases: { phase: Phase['phase']; from: number; to: number }[];
  /** Charts of one group share cursor and zoom. */
  group: string;
  /** What it shows, for people who do not see it. */
  summary: string;
}

/** Colours of series within one cell: the same thing has the same colour in every chart. */
const stateColors: Readonly<Record<string, number>> = {
  TIME_WAIT: 0,
  ESTABLISHED: 2,
  CLOSE_WAIT: 1,
  FIN_WAIT2: 3,
  FIN_WAIT1: 4,
  LAST_ACK: 5,
  CLOSING: 6,
  SYN_SENT: 7,
  SYN_RECV: 7,
};

/** Numbers in the page's charts all together; decides how far long series are thinned out. */
const mostNumbers = 80_000;
const peersShown = 4;

/** Points a series may have, so that a page with many cells stays below 1 MB. */
export function pointsFor(view: ReportView): number {
  const cells = view.scenarios.flatMap((s) => s.columns).filter((c) => c.timeline !== null).length;
  return Math.max(60, Math.min(600, Math.floor(mostNumbers / (Math.max(1, cells) * 18))));
}

/** Charts of one cell, one above the other on a shared time axis. */
export function cellCharts(column: ProfileColumn, group: string, points: number): Chart[] {
  const { timeline, shown } = column;
  if (timeline === null) return [];
  const frame = { group, phases: phasesOf(shown) };
  const charts: Chart[] = [];
  const loadFirst = Object.entries(timeline.peers).sort(
    ([a], [b]) => Number(b in timeline.loads) - Number(a in timeline.loads),
  );
  for (const [role, peer] of loadFirst.slice(0, peersShown)) {
    charts.push({ ...frame, ...statesChart(role, peer, points, plateauOf(shown, role, timeline)) });
  }
  const load = mergeLoads(Object.values(timeline.loads));
  const occupancy = occupancySeries(timeline, shown);
  if (occupancy !== null) {
    const stride = strideFor(occupancy.t.length, points);
    charts.push({
      ...frame,
      ...plain('Port occupancy (TIME_WAIT and in use, of all four-tuples)', '%'),
      series: [{ label: 'occupancy', x: 0, y: thin(occupancy.y, stride, 'max'), color: 0 }],
      times: [thinTimes(occupancy.t, stride)],
      lines: [
        { label: 'half: port-search cliff', y: 50 },
        { label: 'all ports', y: 100 },
      ],
    });
  }
  if (load !== null) charts.push(...loadCharts(load, points, shown).map((chart) => ({ ...frame, ...chart })));
  for (const [role, { gauges }] of Object.entries(timeline.peers)) {
    const names = Object.keys(gauges.values).slice(0, 8);
    if (names.length === 0) continue;
    const stride = strideFor(gauges.t.length, points);
    const series = names.map((label, color) => ({
      label,
      x: 0,
      y: thin(gauges.values[label] ?? [], stride, 'max'),
      color,
    }));
    charts.push({
      ...frame,
      ...plain(`Readings of the program: ${role}`, ''),
      series,
      times: [thinTimes(gauges.t, stride)],
    });
  }
  return charts;
}

/** Profiles over each other: TIME_WAIT where it is, connections per second, time inside connect(2). */
export function overlayCharts(scenario: ScenarioView, points: number): Chart[] {
  const columns = scenario.columns.filter((column) => column.timeline !== null).slice(0, 8);
  if (columns.length === 0) return [];
  const overlay = (
    title: string,
    unit: string,
    log: boolean,
    of: (timeline: CellTimelines) => (Pick<PeerTimeline, 't'> & { y: Series }) | null,
    keep: 'max' | 'mean',
    lines: Chart['lines'] = [],
  ): Chart[] => {
    const drawn = columns.flatMap((column, color) => {
      const found = column.timeline === null ? null : of(column.timeline);
      return found === null || found.y.every((y) => y === null) ? [] : [{ label: column.profile, color, ...found }];
    });
    if (drawn.length === 0) return [];
    const strides = drawn.map(({ t }) => strideFor(t.length, points));
    return [
      {
        ...plain(title, unit),
        log,
        group: scenario.id,
        phases: [],
        lines,
        series: drawn.map(({ label, y, color }, x) => ({
          label,
          x,
          y: thin(y, strides[x] ?? 1, keep),
          color,
          width: 2,
        })),
        times: drawn.map(({ t }, i) => thinTimes(t, strides[i] ?? 1)),
      },
    ];
  };
  const load = (pick: (l: LoadTimeline) => Series) => (timeline: CellTimelines) => {
    const merged = mergeLoads(Object.values(timeline.loads));
    return merged === null ? null : { t: merged.t, y: pick(merged) };
  };
  const timeWait = rolesWithTimeWait(columns).flatMap((role) => {
    const lines = predictedLines(columns, role);
    return overlay(`TIME_WAIT sockets at ${role}`, '', false, (t) => tw(t, role), 'max', lines);
  });
  const ceiling = budgetValue(columns, (cell) => cell.budget?.maxRatePerSec.predicted ?? null);
  return [
    ...timeWait,
    ...overlay(
      'Connections per second',
      '/s',
      false,
      load((l) => l.connectedPerSec),
      'mean',
      ceiling.map((y) => ({ label: 'predicted ceiling', y })),
    ),
    ...overlay(
      'Time inside connect(2), p50',
      'µs',
      true,
      load((l) => l.connectCallP50Us),
      'max',
    ),
  ];
}

function tw(timeline: CellTimelines, role: string): { t: number[]; y: Series } | null {
  const peer = timeline.peers[role];
  return peer === undefined ? null : { t: peer.t, y: peer.tw };
}

/** Roles where TIME_WAIT is worth a chart of its own: a twentieth of the largest, at most three. */
export function rolesWithTimeWait(columns: readonly ProfileColumn[]): string[] {
  const peaks = new Map<string, number>();
  for (const { timeline } of columns) {
    for (const [role, { tw }] of Object.entries(timeline?.peers ?? {})) {
      let peak = peaks.get(role) ?? 0;
      for (const value of tw) if (value !== null && value > peak) peak = value;
      peaks.set(role, peak);
    }
  }
  const sorted = [...peaks].sort((a, b) => b[1] - a[1]);
  const most = sorted[0]?.[1] ?? 0;
  return sorted
    .filter(([, peak], i) => i === 0 || peak * 20 >= most)
    .slice(0, 3)
    .map(([role]) => role);
}

function statesChart(
  role: string,
  peer: PeerTimeline,
  points: number,
  lines: Chart['lines'],
): Omit<Chart, 'group' | 'phases'> {
  const stride = strideFor(peer.t.length, points);
  const slow = strideFor(peer.states.t.length, points);
  const series: Chart['series'] = [{ label: 'TIME_WAIT', x: 0, y: thin(peer.tw, stride, 'max'), color: 0, width: 2 }];
  for (const [state, counts] of Object.entries(peer.states.counts)) {
    if (state === 'TIME_WAIT' || state === 'LISTEN' || counts.every((count) => !count)) continue;
    series.push({ label: state, x: 1, y: thin(counts, slow, 'max'), color: stateColors[state] ?? 7 });
  }
  if (series.length === 1) series.push({ label: 'in use', x: 0, y: thin(peer.inUse, stride, 'max'), color: 2 });
  const times = [thinTimes(peer.t, stride), thinTimes(peer.states.t, slow)];
  return { ...plain(`Sockets by state: ${role}`, ''), series, times, lines };
}

function loadCharts(load: LoadTimeline, points: number, cell: MeasuredCell | null): Omit<Chart, 'group' | 'phases'>[] {
  const stride = strideFor(load.t.length, points);
  const times = [thinTimes(load.t, stride)];
  const line = (label: string, y: Series, color: number, keep: 'max' | 'mean' = 'mean') => ({
    label,
    x: 0,
    y: thin(y, stride, keep),
    color,
  });
  const ceiling = cell?.budget?.maxRatePerSec.predicted ?? null;
  const charts: Omit<Chart, 'group' | 'phases'>[] = [
    {
      ...plain('Connections per second', '/s'),
      series: [line('connected', load.connectedPerSec, 2)],
      times,
      // A ceiling far above what was made would flatten the curve; the table has its figure.
      lines: ceiling === null ? [] : [{ label: 'predicted ceiling', y: ceiling }],
    },
  ];
  const errnos = Object.entries(load.failuresPerSec);
  if (errnos.length > 0) {
    const series = errnos.slice(0, 8).map(([errno, y], i) => line(errno, y, i === 0 ? 1 : 2 + i));
    charts.push({ ...plain('Failures per second, by errno', '/s'), series, times });
  }
  const latencies = [
    line('inside connect(2) p50', load.connectCallP50Us, 0, 'max'),
    line('inside connect(2) p99', load.connectCallP99Us, 1, 'max'),
    line('until ESTABLISHED p99', load.connectLatencyP99Us, 3, 'max'),
  ].filter(({ y }) => y.some((value) => value !== null && value > 0));
  if (latencies.length > 0) charts.push({ ...plain('Connect latency', 'µs'), log: true, series: latencies, times });
  return charts;
}

function plain(title: string, unit: string): Omit<Chart, 'group' | 'phases' | 'series' | 'times'> {
  return { title, unit, log: false, lines: [], summary: title };
}

function phasesOf(cell: MeasuredCell | null): Chart['phases'] {
  return (cell?.phases.stretches ?? []).map(({ phase, fromMs, toMs }) => ({
    phase,
    from: fromMs / 1000,
    to: toMs / 1000,
  }));
}

/** (tw + inUse) of the load's peers, of the four-tuples there are, in percent. */
function occupancySeries(timeline: CellTimelines, cell: MeasuredCell | null): { t: number[]; y: Series } | null {
  const fourTuples = cell?.budget?.fourTuples ?? 0;
  const roles = Object.keys(timeline.loads);
  const [role] = roles;
  const peer = role === undefined ? undefined : timeline.peers[role];
  // Several load peers share the budget's four-tuples evenly.
  const share = fourTuples / Math.max(1, roles.length);
  if (peer === undefined || share === 0) return null;
  const y = peer.tw.map((tw, i) => {
    const inUse = peer.inUse[i];
    return tw === null || inUse === null || inUse === undefined ? null : Math.round(((tw + inUse) / share) * 1000) / 10;
  });
  return { t: peer.t, y };
}

function plateauOf(cell: MeasuredCell | null, role: string, timeline: CellTimelines): Chart['lines'] {
  const plateau = cell?.budget?.plateau.predicted ?? null;
  return plateau === null || !(role in timeline.loads) ? [] : [{ label: 'predicted plateau', y: plateau }];
}

function predictedLines(columns: readonly ProfileColumn[], role: string): Chart['lines'] {
  const ofRole = columns.filter(({ timeline }) => timeline !== null && role in timeline.loads);
  const plateaus = budgetValue(ofRole, (cell) => cell.budget?.plateau.predicted ?? null);
  return plateaus.map((y) => ({ label: 'predicted plateau', y }));
}

/** Distinct values over the profiles; more than four would be a thicket. */
function budgetValue(columns: readonly ProfileColumn[], of: (cell: MeasuredCell) => number | null): number[] {
  const values = columns.flatMap(({ shown }) => (shown === null ? [] : [of(shown)])).filter((v) => v !== null);
  const distinct = [...new Set(values.map((v) => Math.round(v)))];
  return distinct.length <= 4 ? distinct : [];
}
