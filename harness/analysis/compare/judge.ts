import { type Interval, mannWhitneyP, median, shiftInterval, smallestP } from '../statistics/statistics.ts';
import type { ComparedMetric } from './compared-metrics.ts';

/**
 * `improved`, `regressed`: a real difference that matters, in a metric with a better direction; `changed`: the same in
 * a metric without one; `same`: none that matters; `noise`: the groups differ, but not more than their own scatter
 * explains; `insufficient data`: too few repetitions to decide.
 */
export type Outcome = 'improved' | 'regressed' | 'changed' | 'same' | 'noise' | 'insufficient data';

export interface Judgement {
  outcome: Outcome;
  /** Medians of the two groups. */
  base: number;
  value: number;
  /** (value − base) / base in percent; `null`: the base is 0. */
  deltaPercent: number | null;
  /** Of the ratio value/base; `null`: exact, or a value is 0. */
  interval: Interval | null;
  /** Of the Mann-Whitney test; `null`: exact. */
  p: number | null;
  /** Why, briefly. */
  why: string;
}

export interface JudgeOptions {
  /**
   * A difference that chance alone causes more often than this is noise. Default 0.01, which five against five can
   * reach.
   */
  alpha?: number;
  /** Replaces the metric's own minimum effect. */
  minimumEffect?: number;
  /** Metric → largest relative difference seen between two runs of the same thing; raises the minimum effect. */
  noiseFloor?: Readonly<Record<string, number>>;
}

const confidence = 0.95;

/** Compares one metric of two groups of repetitions. `null`: it was not read in one of them. */
export function judge(
  metric: ComparedMetric,
  base: readonly number[],
  value: readonly number[],
  options: JudgeOptions = {},
): Judgement | null {
  if (base.length === 0 || value.length === 0) return null;
  const from = median(base);
  const to = median(value);
  const figures = { base: from, value: to, deltaPercent: from === 0 ? null : ((to - from) / from) * 100 };
  if (metric.basis === 'exact') return { ...figures, interval: null, p: null, ...exact(metric, base, value) };
  return { ...figures, ...tested(metric, base, value, options) };
}

function exact(
  metric: ComparedMetric,
  base: readonly number[],
  value: readonly number[],
): Pick<Judgement, 'outcome' | 'why'> {
  const [a, b] = [range(base), range(value)];
  const gap = Math.max(b.low - a.high, a.low - b.high);
  const all = { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
  if (all.high - all.low <= metric.tolerance) return { outcome: 'same', why: 'equal in every repetition' };
  if (gap <= metric.tolerance) return { outcome: 'noise', why: 'repetitions of one side differ among themselves' };
  const few = Math.min(base.length, value.length) < 3;
  if (few && metric.doubtful?.(median(base), median(value))) {
    return { outcome: 'insufficient data', why: 'depends on the clock: 3 repetitions per side are needed' };
  }
  const outcome = direction(metric, median(base), median(value));
  const unknown = (values: readonly number[]) => metric.undecided?.(median(values)) === true;
  if (unknown(base)) return { outcome: 'insufficient data', why: 'unknown in the first run' };
  if (unknown(value) && outcome === 'improved') {
    return { outcome: 'insufficient data', why: 'unknown in the second run' };
  }
  return { outcome, why: 'exact: differs in every repetition' };
}

function tested(
  metric: ComparedMetric,
  base: readonly number[],
  value: readonly number[],
  options: JudgeOptions,
): Pick<Judgement, 'outcome' | 'why' | 'p' | 'interval'> {
  const alpha = options.alpha ?? 0.01;
  const floor = options.noiseFloor?.[metric.name] ?? 0;
  const minimum = Math.max(options.minimumEffect ?? metric.minimumEffect, floor);
  const positive = [...base, ...value].every((x) => x > 0);
  const interval = positive ? shiftInterval(base, value, 'ratio', confidence) : null;
  const p = mannWhitneyP(base, value);
  const [from, to] = [median(base), median(value)];
  // Twice as much and half as much are the same distance from 1.
  const distance = (ratio: number) => Math.max(ratio, 1 / ratio) - 1;
  const small = Math.abs(to - from) <= metric.tolerance || (interval !== null && distance(interval.estimate) < minimum);
  const judged = (outcome: Outcome, why: string) => ({ outcome, why, p, interval });
  const percent = `${Math.round(minimum * 100)} %`;
  if (smallestP(base.length, value.length) > alpha) {
    const tight = interval !== null && Math.max(distance(interval.low), distance(interval.high)) < minimum;
    const close = range([...base, ...value]);
    if (tight || close.high - close.low <= metric.tolerance) return judged('same', `every pair within ${percent}`);
    const few = Math.min(base.length, value.length);
    return judged('insufficient data', `${few} repetition${few === 1 ? '' : 's'}; 5 per side are needed`);
  }
  if (small) return judged('same', `less than ${percent}`);
  if (p > alpha) return judged('noise', `p = ${p.toPrecision(2)}`);
  return judged(direction(metric, from, to), `p = ${p.toPrecision(2)}`);
}

function direction(metric: ComparedMetric, from: number, to: number): Outcome {
  if (metric.better === 'neutral') return 'changed';
  return to > from === (metric.better === 'higher') ? 'improved' : 'regressed';
}

function range(values: readonly number[]): { low: number; high: number } {
  return { low: Math.min(...values), high: Math.max(...values) };
}
