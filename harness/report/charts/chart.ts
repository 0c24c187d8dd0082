import type { Series } from '../../analysis/journal/timelines.ts';
import type { Phase } from '../../model/report.ts';
import type { ReportView } from '../view.ts';

/** One chart: series over time, in seconds since the load began, unless `xUnit` says otherwise. */
export interface Chart {
  title: string;
  /** `%` for shares, `µs`, `/s`, or nothing for counts. */
  unit: string;
  /** Of the horizontal axis; absent: seconds. */
  xUnit?: '%';
  log: boolean;
  /** Each series has its own clock; `x` is an index into `times`. `color`: index into the palette. */
  series: { label: string; x: number; y: Series; color: number; width?: number }[];
  times: number[][];
  /** Dashed horizontal lines: predictions of the budget. */
  lines: { label: string; y: number }[];
  /** Shaded stretches, in seconds. */
  phases: { phase: Phase['phase']; from: number; to: number }[];
  /** Instants that are marked with a cross on the curve of that name, s. */
  marks?: { label: string; at: number }[];
  /** Whether each line has its name at its right end. */
  named?: boolean;
  /** Sentences below the title. */
  notes?: string[];
  /** Charts of one group share cursor and zoom. */
  group: string;
  /** Text alternative for screen readers. */
  summary: string;
}

/** Total number of values in the page's charts; decides how far long series are thinned out. */
const mostNumbers = 80_000;
/** Points a series may have, so that a page with many cells stays below 1 MB. */
export function pointsFor(view: ReportView): number {
  const cells = view.scenarios.flatMap((s) => s.columns).filter((c) => c.timeline !== null).length;
  return Math.max(60, Math.min(600, Math.floor(mostNumbers / (Math.max(1, cells) * 18))));
}

/** The parts of a chart that most charts have in common. */
export function plain(title: string, unit: string): Omit<Chart, 'group' | 'phases' | 'series' | 'times'> {
  return { title, unit, log: false, lines: [], summary: title };
}
