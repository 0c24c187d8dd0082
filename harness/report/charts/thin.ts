import type { Series } from '../../analysis/journal/timelines.ts';

/**
 * How many neighbouring readings become one point so that at most `points` are left; 1 keeps all.
 * A chart is ~1,000 pixels wide: more points cannot be seen, and a report of many cells must stay small.
 */
export function strideFor(length: number, points: number): number {
  return Math.max(1, Math.ceil(length / points));
}

/** The last instant of every group of `stride`. */
export function thinTimes(t: readonly number[], stride: number): number[] {
  return groups(t, stride).map((group) => group[group.length - 1] ?? 0);
}

/** One value a group: `max` keeps peaks (levels, p99), `mean` keeps totals (rates). All-null groups stay null. */
export function thin(series: Series, stride: number, keep: 'max' | 'mean'): Series {
  if (stride === 1) return series;
  return groups(series, stride).map((group) => {
    const read = group.filter((value) => value !== null);
    if (read.length === 0) return null;
    if (keep === 'max') return Math.max(...read);
    return Math.round((read.reduce((sum, value) => sum + value, 0) / read.length) * 100) / 100;
  });
}

function groups<T>(values: readonly T[], stride: number): T[][] {
  const result: T[][] = [];
  for (let i = 0; i < values.length; i += stride) result.push(values.slice(i, i + stride));
  return result;
}
