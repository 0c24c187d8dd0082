import type { CellTimelines, LoadTimeline, PeerTimeline, Series } from '../../analysis/journal/timelines.ts';
import type { MeasuredCell } from '../../model/report.ts';
import type { ProfileColumn, ScenarioView } from '../view.ts';
import { type Chart, plain } from './chart.ts';
import { mergeLoads } from './merge-loads.ts';
import { strideFor, thin, thinTimes } from './thin.ts';

/** Profiles overlaid: TIME_WAIT where it is, connections per second, time inside connect(2). */
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
  const isRequests = columns.every(({ timeline }) => timeline?.about?.isPerRequest === false);
  const ceiling = budgetValue(columns, (cell) => cell.budget?.maxRatePerSec.predicted ?? null);
  return [
    ...timeWait,
    ...(isRequests
      ? overlay(
          'Answers per second',
          '/s',
          false,
          load((l) => l.answersPerSec),
          'mean',
        )
      : []),
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
    ...searchCharts(scenario, columns),
  ];
}

/** Time inside connect(2) over the share of the four-tuples in use; it has an axis, and so a group, of its own. */
function searchCharts(scenario: ScenarioView, columns: readonly ProfileColumn[]): Chart[] {
  const drawn = columns.flatMap(({ profile, shown }, color) =>
    shown?.search === undefined ? [] : [{ label: profile, color, tenths: shown.search.tenths }],
  );
  // One tenth is no curve: a load that never used a tenth of its four-tuples.
  if (!drawn.some(({ tenths }) => tenths.length > 1)) return [];
  return [
    {
      ...plain('Time inside connect(2) by port occupancy, median', 'µs'),
      xUnit: '%',
      log: true,
      group: `${scenario.id}-search`,
      phases: [],
      series: drawn.map(({ label, color, tenths }, x) => ({
        label,
        x,
        y: tenths.map((tenth) => tenth.connectCallUs),
        color,
        width: 2,
      })),
      // In the middle of each tenth.
      times: drawn.map(({ tenths }) => tenths.map((tenth) => tenth.fromPercent + 5)),
    },
  ];
}

function tw(timeline: CellTimelines, role: string): { t: number[]; y: Series } | null {
  const peer = timeline.peers[role];
  return peer === undefined ? null : { t: peer.t, y: peer.sampled.tw ?? [] };
}

/** Roles where TIME_WAIT is worth a chart of its own: at least a twentieth of the largest, at most three. */
export function rolesWithTimeWait(columns: readonly ProfileColumn[]): string[] {
  const peaks = new Map<string, number>();
  for (const { timeline } of columns) {
    for (const [role, { sampled }] of Object.entries(timeline?.peers ?? {})) {
      let peak = peaks.get(role) ?? 0;
      for (const value of sampled.tw ?? []) if (value !== null && value > peak) peak = value;
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

function predictedLines(columns: readonly ProfileColumn[], role: string): Chart['lines'] {
  const ofRole = columns.filter(({ timeline }) => timeline !== null && role in timeline.loads);
  const plateaus = budgetValue(ofRole, (cell) => cell.budget?.plateau.predicted ?? null);
  return plateaus.map((y) => ({ label: 'predicted plateau', y }));
}

/** Distinct values over the profiles; more than four would be unreadable. */
function budgetValue(columns: readonly ProfileColumn[], of: (cell: MeasuredCell) => number | null): number[] {
  const values = columns.flatMap(({ shown }) => (shown === null ? [] : [of(shown)])).filter((v) => v !== null);
  const distinct = [...new Set(values.map((v) => Math.round(v)))];
  return distinct.length <= 4 ? distinct : [];
}
