import type { LatencyUs } from './journal.ts';

export const latencyNames = ['connectCallUs', 'connectLatencyUs', 'requestLatencyUs', 'scheduleLagUs'] as const;
export type LatencyName = (typeof latencyNames)[number];

/** What is used of an HDR histogram of microseconds. */
interface Histogram {
  totalCount: number;
  mean: number;
  maxValue: number;
  getValueAtPercentile(percentile: number): number;
}

export function latencyOf(histogram: Histogram): LatencyUs {
  if (histogram.totalCount === 0) return null;
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile);
  return {
    count: histogram.totalCount,
    mean: Math.round(histogram.mean * 10) / 10,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: histogram.maxValue,
  };
}

/**
 * Merges summaries whose histograms are not available: counts are added, means are weighted, and of each percentile
 * the worst is taken, an upper bound.
 */
export function worstLatency(latencies: readonly LatencyUs[]): LatencyUs {
  const present = latencies.filter((latency) => latency !== null);
  const [first] = present;
  if (first === undefined || present.length === 1) return first ?? null;
  const count = present.reduce((sum, latency) => sum + latency.count, 0);
  const most = (pick: (latency: NonNullable<LatencyUs>) => number) => Math.max(...present.map(pick));
  return {
    count,
    mean: present.reduce((sum, latency) => sum + latency.mean * latency.count, 0) / count,
    p50: most((latency) => latency.p50),
    p90: most((latency) => latency.p90),
    p99: most((latency) => latency.p99),
    p999: most((latency) => latency.p999),
    max: most((latency) => latency.max),
  };
}
