import type { CellReport, Report } from '../../model/report.ts';
import { type SettingRow, settingRows } from '../cell/settings.ts';
import { believable, valuesOf } from './compare-profiles.ts';
import { comparedMetrics } from './compared-metrics.ts';
import { type DifferingFact, differingFacts } from './differing-facts.ts';
import { type DifferingSetting, differingSettings } from './differing-settings.ts';
import { type CellGroup, groupCells, scenarioKey, scenarioTitle } from './group-cells.ts';
import { type Judgement, type JudgeOptions, judge, type Outcome } from './judge.ts';

/** A run, or several of the same thing pooled into one. */
export interface ComparedRun {
  /** Its name in the comparison: a folder, or `last 10 nightlies`. */
  name: string;
  reports: readonly Report[];
}

export interface MetricComparison extends Judgement {
  metric: string;
  /** Base and value as text where they are not plain numbers: `exhausted`, `yes`. */
  words: [string, string] | null;
  repetitions: [number, number];
}

export interface PairComparison {
  scenario: string;
  /** Profile of the base and of the other run; the same unless each run has only one. */
  profiles: [string, string];
  metrics: MetricComparison[];
  outcome: Outcome;
  /** Settings that are not the kernel's defaults, or were requested, in the base and in the other run. */
  settings: SettingRow[];
  /** Cells without believable numbers, by run. */
  leftOut: [LeftOut[], LeftOut[]];
}

/** A cell that is excluded from the comparison: skipped, failed or invalid. */
export interface LeftOut {
  cell: string;
  verdict: CellReport['verdict'];
}

/** A scenario under a profile that only one of the runs has. */
export interface Unpaired {
  /** With its variant: `lb-chain (plan-b)`. */
  scenario: string;
  profile: string;
  onlyIn: 'base' | 'value';
}

export interface RunComparison {
  base: string;
  value: string;
  /** Settings that differ, requested or not: the most likely reason for any difference below. */
  differingSettings: DifferingSetting[];
  /** And what else differs: kernel, machine, programs, load. */
  differingFacts: DifferingFact[];
  pairs: PairComparison[];
  unpaired: Unpaired[];
}

/** Whether any figure of the two runs could be compared; false also if they have no cell in common. */
export function hasCompared({ pairs }: RunComparison): boolean {
  return pairs.some(({ metrics }) => metrics.length > 0);
}

/** Every other run against the first. Cells are paired by scenario, variant, form and profile. */
export function compareRuns(runs: readonly ComparedRun[], options: JudgeOptions = {}): RunComparison[] {
  const [base, ...others] = runs;
  return base === undefined ? [] : others.map((other) => compareTwo(base, other, options));
}

/** The cells of the base that a cell of another run is compared with; none where the base has nothing like it. */
export function baselineInRun(base: ComparedRun, other: ComparedRun): (cell: CellReport) => readonly CellReport[] {
  const { pairs } = pairUp(groupsOf(base), groupsOf(other));
  return (cell) => pairs.find(([, group]) => group.cells.includes(cell))?.[0].cells ?? [];
}

function compareTwo(base: ComparedRun, other: ComparedRun, options: JudgeOptions): RunComparison {
  const [a, b] = [groupsOf(base), groupsOf(other)];
  const { pairs, unpaired } = pairUp(a, b);
  const [first, second] = [base.reports[0], other.reports[0]];
  // Times and rates under an emulated CPU say nothing about those of a machine: only counts and verdicts are compared.
  const timed = first?.host.emulator === second?.host.emulator;
  return {
    base: base.name,
    value: other.name,
    differingSettings: differingSettings(pairs),
    differingFacts: first === undefined || second === undefined ? [] : differingFacts(first, second),
    pairs: pairs.map(([x, y]) => comparePair(x, y, options, timed)),
    unpaired,
  };
}

function comparePair(base: CellGroup, value: CellGroup, options: JudgeOptions, timed: boolean): PairComparison {
  const [a, b] = [believable(base.cells), believable(value.cells)];
  const metrics = comparedMetrics([...a, ...b]).flatMap((metric): MetricComparison[] => {
    if (!timed && (metric.kind === 'time' || metric.kind === 'rate')) return [];
    const [from, to] = [valuesOf(metric, a), valuesOf(metric, b)];
    const judged = judge(metric, from, to, options);
    if (judged === null) return [];
    const words: [string, string] | null =
      metric.words === undefined ? null : [metric.words(judged.base), metric.words(judged.value)];
    return [{ ...judged, metric: metric.name, words, repetitions: [from.length, to.length] }];
  });
  const leftOut: [LeftOut[], LeftOut[]] = [withoutNumbers(base.cells), withoutNumbers(value.cells)];
  return {
    scenario: scenarioTitle(base),
    profiles: [base.profile, value.profile],
    metrics,
    outcome: overall(metrics, leftOut, a.length, b.length),
    settings: settingRows([a[0] ?? null, b[0] ?? null]),
    leftOut,
  };
}

/** The worst of what was found: one regression makes a regression. */
function overall(
  metrics: readonly MetricComparison[],
  leftOut: PairComparison['leftOut'],
  a: number,
  b: number,
): Outcome {
  // A run whose cells no longer have numbers got worse, whatever the other metrics show.
  if (b === 0 && a > 0 && leftOut[1].some(({ verdict }) => verdict !== 'skipped')) return 'regressed';
  if (a === 0 || b === 0) return 'insufficient data';
  const order: readonly Outcome[] = ['regressed', 'improved', 'changed', 'noise', 'insufficient data', 'same'];
  return order.find((outcome) => metrics.some((metric) => metric.outcome === outcome)) ?? 'insufficient data';
}

function withoutNumbers(cells: readonly CellReport[]): LeftOut[] {
  const measured = new Set<CellReport>(believable(cells));
  return cells.filter((cell) => !measured.has(cell)).map(({ id, verdict }) => ({ cell: id, verdict }));
}

function groupsOf(run: ComparedRun): CellGroup[] {
  return groupCells(run.reports.flatMap((report) => report.cells));
}

/**
 * Same scenario and profile. Where each run has a scenario under one profile only and the profiles differ,
 * the profile is what is compared.
 */
function pairUp(
  a: readonly CellGroup[],
  b: readonly CellGroup[],
): { pairs: [CellGroup, CellGroup][]; unpaired: Unpaired[] } {
  const pairs: [CellGroup, CellGroup][] = [];
  const unpaired: Unpaired[] = [];
  const alone = (group: CellGroup, onlyIn: Unpaired['onlyIn']) =>
    unpaired.push({ scenario: scenarioTitle(group), profile: group.profile, onlyIn });
  for (const key of new Set([...a, ...b].map(scenarioKey))) {
    const [inA, inB] = [a, b].map((groups) => groups.filter((group) => scenarioKey(group) === key)) as [
      CellGroup[],
      CellGroup[],
    ];
    const [onlyA, onlyB] = [inA[0], inB[0]];
    if (inA.length === 1 && inB.length === 1 && onlyA !== undefined && onlyB !== undefined) {
      pairs.push([onlyA, onlyB]);
      continue;
    }
    for (const group of inA) {
      const same = inB.find((other) => other.profile === group.profile);
      if (same !== undefined) pairs.push([group, same]);
      else alone(group, 'base');
    }
    for (const group of inB) {
      if (!inA.some((other) => other.profile === group.profile)) alone(group, 'value');
    }
  }
  return { pairs, unpaired };
}
