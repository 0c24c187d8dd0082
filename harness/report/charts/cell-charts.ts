import { establishedOf } from '../../analysis/cell/established.ts';
import type { CellTimelines, LoadTimeline, PeerTimeline, Series } from '../../analysis/journal/timelines.ts';
import { searchesByParity } from '../../model/port-search.ts';
import type { MeasuredCell } from '../../model/report.ts';
import { allSampledSeries } from '../../model/sampled-series.ts';
import type { ProfileColumn } from '../view.ts';
import { type Chart, plain } from './chart.ts';
import { mergeLoads } from './merge-loads.ts';
import { strideFor, thin, thinTimes } from './thin.ts';

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

const peersShown = 4;

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
        ...(searchesByParity(subjectSettings(timeline, shown)) ? [{ label: 'half: port-search cliff', y: 50 }] : []),
        { label: 'all ports', y: 100 },
      ],
    });
  }
  const isReused = timeline.about?.isPerRequest === false;
  if (load !== null) charts.push(...loadCharts(load, points, shown, isReused).map((one) => ({ ...frame, ...one })));
  for (const [role, peer] of loadFirst.slice(0, peersShown)) {
    charts.push(...sampledCharts(role, peer, points).map((chart) => ({ ...frame, ...chart })));
  }
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

function statesChart(
  role: string,
  peer: PeerTimeline,
  points: number,
  lines: Chart['lines'],
): Omit<Chart, 'group' | 'phases'> {
  const stride = strideFor(peer.t.length, points);
  const slow = strideFor(peer.states.t.length, points);
  const sampled = (y: Series | undefined) => thin(y ?? [], stride, 'max');
  const series: Chart['series'] = [{ label: 'TIME_WAIT', x: 0, y: sampled(peer.sampled.tw), color: 0, width: 2 }];
  const established = establishedIn(peer);
  const isSampled = established.some((count) => count !== null);
  if (established.some(Boolean)) {
    series.push({ label: 'ESTABLISHED', x: 0, y: sampled(established), color: stateColors.ESTABLISHED ?? 7 });
  }
  for (const [state, counts] of Object.entries(peer.states.counts)) {
    const isKnown = state === 'TIME_WAIT' || state === 'LISTEN' || (state === 'ESTABLISHED' && isSampled);
    if (isKnown || counts.every((count) => !count)) continue;
    series.push({ label: state, x: 1, y: thin(counts, slow, 'max'), color: stateColors[state] ?? 7 });
  }
  if (series.length === 1) series.push({ label: 'in use', x: 0, y: sampled(peer.sampled.inUse), color: 2 });
  const times = [thinTimes(peer.t, stride), thinTimes(peer.states.t, slow)];
  return { ...plain(`Sockets by state: ${role}`, ''), series, times, lines };
}

function establishedIn({ t, sampled, states }: PeerTimeline): Series {
  const dumps = states.t.map((at, i) => ({ t: at, closeWait: states.counts.CLOSE_WAIT?.[i] ?? 0 }));
  return establishedOf(t, sampled.currEstab ?? [], dumps);
}

/** One chart for each series of the samples that has a title, where anything but 0 was read. */
function sampledCharts(role: string, peer: PeerTimeline, points: number): Omit<Chart, 'group' | 'phases'>[] {
  const stride = strideFor(peer.t.length, points);
  return allSampledSeries.flatMap(({ name, chart, unit }) => {
    const y = peer.sampled[name] ?? [];
    if (chart === null || !y.some(Boolean)) return [];
    const series = [{ label: name, x: 0, y: thin(y, stride, 'max'), color: 0 }];
    const shownUnit = unit === 'count' ? '' : unit;
    return [{ ...plain(`${chart}: ${role}`, shownUnit), series, times: [thinTimes(peer.t, stride)] }];
  });
}

/** `isReused`: connections have more than one request. */
function loadCharts(
  load: LoadTimeline,
  points: number,
  cell: MeasuredCell | null,
  isReused: boolean,
): Omit<Chart, 'group' | 'phases'>[] {
  const stride = strideFor(load.t.length, points);
  const times = [thinTimes(load.t, stride)];
  const line = (label: string, y: Series, color: number, keep: 'max' | 'mean' = 'mean') => ({
    label,
    x: 0,
    y: thin(y, stride, keep),
    color,
  });
  const ceiling = cell?.budget?.maxRatePerSec.predicted ?? null;
  const counted: Chart['series'] = [];
  if (load.connectedPerSec.some((value) => value !== null)) counted.push(line('connected', load.connectedPerSec, 2));
  // Where each connection has one request the two lines would coincide.
  const answered = isReused && load.answersPerSec.some((value) => value !== null);
  if (answered) counted.push(line('answered', load.answersPerSec, 0));
  const charts: Omit<Chart, 'group' | 'phases'>[] = [
    {
      ...plain(answered ? 'Connections and answers per second' : 'Connections per second', '/s'),
      series: counted,
      times,
      // A ceiling far above the measured rate would flatten the curve; the table has its figure.
      lines: ceiling === null ? [] : [{ label: 'predicted ceiling', y: ceiling }],
    },
  ];
  const errnos = Object.entries(load.failuresPerSec);
  if (errnos.length > 0) {
    const series = errnos.slice(0, 8).map(([errno, y], i) => line(errno, y, i === 0 ? 1 : 2 + i));
    charts.push({ ...plain('Failures per second, by errno', '/s'), series, times });
  }
  if (load.backlog.some(Boolean)) {
    const series = [line('due, not started', load.backlog, 1, 'max')];
    charts.push({ ...plain('Backlog: arrivals due but not started', ''), series, times });
  }
  const latencies = [
    line('inside connect(2) p50', load.connectCallP50Us, 0, 'max'),
    line('inside connect(2) p99', load.connectCallP99Us, 1, 'max'),
    line('until ESTABLISHED p99', load.connectLatencyP99Us, 3, 'max'),
  ].filter(({ y }) => y.some((value) => value !== null && value > 0));
  if (latencies.length > 0) charts.push({ ...plain('Connect latency', 'µs'), log: true, series: latencies, times });
  return charts;
}

function phasesOf(cell: MeasuredCell | null): Chart['phases'] {
  return (cell?.phases.stretches ?? []).map(({ phase, fromMs, toMs }) => ({
    phase,
    from: fromMs / 1000,
    to: toMs / 1000,
  }));
}

/**
 * (tw + inUse) of the load's peers, in percent of all four-tuples. A peer that connects to itself has both ends of its
 * open connections.
 */
/** Settings of the first peer that makes the load, as they were read back. */
function subjectSettings(timeline: CellTimelines, cell: MeasuredCell | null) {
  const [role] = Object.keys(timeline.loads);
  return cell?.peers[role ?? '']?.sysctls.effective ?? {};
}

function occupancySeries(timeline: CellTimelines, cell: MeasuredCell | null): { t: number[]; y: Series } | null {
  const fourTuples = cell?.budget?.fourTuples ?? 0;
  const roles = Object.keys(timeline.loads);
  const [role] = roles;
  const peer = role === undefined ? undefined : timeline.peers[role];
  // Several load peers share the budget's four-tuples evenly.
  const share = fourTuples / Math.max(1, roles.length);
  if (peer === undefined || role === undefined || share === 0) return null;
  const ends = (cell?.peers[role]?.hops ?? []).some((hop) => hop.way === 'opened' && hop.role === role) ? 2 : 1;
  const y = (peer.sampled.tw ?? []).map((tw, i) => {
    const inUse = peer.sampled.inUse?.[i];
    return tw === null || inUse === null || inUse === undefined
      ? null
      : Math.round(((tw + inUse / ends) / share) * 1000) / 10;
  });
  return { t: peer.t, y };
}

function plateauOf(cell: MeasuredCell | null, role: string, timeline: CellTimelines): Chart['lines'] {
  const plateau = cell?.budget?.plateau.predicted ?? null;
  return plateau === null || !(role in timeline.loads) ? [] : [{ label: 'predicted plateau', y: plateau }];
}
