import { type CellReport, type Comparison, isMeasured, type MeasuredCell } from '../../model/report.ts';
import { smallestP } from '../statistics/statistics.ts';
import { type ComparedMetric, comparedMetrics } from './compared-metrics.ts';
import { type CellGroup, groupCells, scenarioKey } from './group-cells.ts';
import { type Judgement, judge, type Outcome } from './judge.ts';

/** With too few repetitions to test, only a difference this large is reported. */
const untestedEffect = 0.25;

/**
 * Within a run: every profile against the first one of its scenario. Flags count as 0 and 1; verdicts are left out,
 * because the cells show them. An invalid cell's numbers are not compared.
 */
export function compareProfiles(cells: readonly CellReport[]): Comparison[] {
  const groups = groupCells(cells);
  const result: Comparison[] = [];
  for (const key of new Set(groups.map(scenarioKey))) {
    const [first, ...others] = groups.filter((group) => scenarioKey(group) === key);
    if (first === undefined) continue;
    for (const other of others) result.push(...compareGroups(first, other));
  }
  return result;
}

function compareGroups(first: CellGroup, other: CellGroup): Comparison[] {
  const base = believable(first.cells);
  const value = believable(other.cells);
  return comparedMetrics([...base, ...value]).flatMap((metric) => {
    if (metric.name === 'verdict') return [];
    const [a, b] = [valuesOf(metric, base), valuesOf(metric, value)];
    const judged = judge(metric, a, b);
    // 0 on both sides in every repetition is not worth a row.
    if (judged === null || [...a, ...b].every((x) => x === 0)) return [];
    const delta = judged.value - judged.base;
    const tested = smallestP(a.length, b.length) <= 0.01;
    return [
      {
        scenario: first.scenario,
        ...(first.variant === undefined ? {} : { variant: first.variant }),
        baseProfile: first.profile,
        profile: other.profile,
        metric: metric.name,
        base: judged.base,
        value: judged.value,
        delta,
        deltaPercent: judged.deltaPercent,
        outcome: metric.basis === 'exact' || tested ? plain(judged.outcome) : untested(metric, judged),
        basis: metric.basis === 'exact' ? 'exact' : tested ? 'tested' : 'untested',
        ...(judged.interval === null ? {} : { ratioInterval: [judged.interval.low, judged.interval.high] }),
      },
    ];
  });
}

/** Cells whose numbers add up. */
export function believable(cells: readonly CellReport[]): MeasuredCell[] {
  return cells.filter(isMeasured).filter((cell) => cell.verdict !== 'invalid');
}

/** The values of every cell that read the metric. */
export function valuesOf(metric: ComparedMetric, cells: readonly MeasuredCell[]): number[] {
  return cells.map((cell) => metric.read(cell)).filter((value) => value !== null);
}

function plain(outcome: Outcome): Comparison['outcome'] {
  if (outcome === 'improved') return 'better';
  if (outcome === 'regressed') return 'worse';
  // A change without a better direction is neither; the figures beside it show it.
  return outcome === 'same' || outcome === 'changed' ? 'same' : 'noise';
}

function untested(metric: ComparedMetric, judged: Judgement): Comparison['outcome'] {
  const { base, value } = judged;
  const size = base === 0 || value === 0 ? Number.POSITIVE_INFINITY : Math.max(base / value, value / base) - 1;
  if (Math.abs(value - base) <= metric.tolerance) return 'same';
  if (size < Math.max(untestedEffect, metric.minimumEffect)) return 'noise';
  if (metric.better === 'neutral') return 'same';
  return value > base === (metric.better === 'higher') ? 'better' : 'worse';
}
