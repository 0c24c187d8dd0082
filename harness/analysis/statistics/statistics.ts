/**
 * Two samples compared without assuming a distribution: rates and latencies of short runs are skewed and
 * have outliers, and there are few of them.
 */

/** Middle value, the mean of the two middle ones for an even number. `NaN` for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
}

/** Arrangements beyond which the normal approximation is used: 9 against 9 is still exact. */
const mostArrangements = 50_000;

/**
 * Two-sided p-value of the Mann-Whitney U test (Mann, Whitney 1947): how often chance alone would put
 * the two samples at least this far apart in rank. Exact over all arrangements, ties included, while
 * there are few; otherwise the normal approximation with tie and continuity correction.
 */
export function mannWhitneyP(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 1;
  const ranks = midRanks([...a, ...b]);
  const rankSum = sum(ranks.slice(0, a.length));
  const expected = (a.length * (ranks.length + 1)) / 2;
  const far = Math.abs(rankSum - expected);
  if (arrangements(ranks.length, a.length) <= mostArrangements) return exactP(ranks, a.length, expected, far);
  const n = ranks.length;
  const ties = sum([...tally(ranks).values()].map((t) => t ** 3 - t));
  const variance = ((a.length * b.length) / 12) * (n + 1 - ties / (n * (n - 1)));
  if (variance <= 0) return 1;
  return Math.min(1, 2 * (1 - normalCdf(Math.max(0, far - 0.5) / Math.sqrt(variance))));
}

/** The smallest p-value that samples of these sizes can give: 2 / C(n+m, n). With 3 and 3 it is 0.1. */
export function smallestP(n: number, m: number): number {
  return Math.min(1, 2 / arrangements(n + m, n));
}

export interface Interval {
  /** Hodges-Lehmann estimate: the median of all pairs' ratios (or differences). */
  estimate: number;
  low: number;
  high: number;
  /** Of the interval; below the requested one where the samples are too small. */
  confidence: number;
}

/**
 * Confidence interval of the typical ratio b/a (`ratio`) or difference b − a, by inverting the Mann-Whitney test
 * (Hodges, Lehmann 1963; Moses 1965): distribution-free and deterministic.
 */
export function shiftInterval(
  a: readonly number[],
  b: readonly number[],
  scale: 'ratio' | 'difference',
  confidence: number,
): Interval {
  const pairs = a.flatMap((x) => b.map((y) => (scale === 'ratio' ? y / x : y - x))).sort((x, y) => x - y);
  const { skip, reached } = criticalRank(a.length, b.length, confidence);
  return {
    estimate: median(pairs),
    low: pairs[skip] ?? Number.NaN,
    high: pairs[pairs.length - 1 - skip] ?? Number.NaN,
    confidence: reached,
  };
}

/** How many pairs to leave out at each end for this confidence, and the confidence that this gives. */
function criticalRank(n: number, m: number, confidence: number): { skip: number; reached: number } {
  if (n * m > 400) {
    const spread = Math.sqrt((n * m * (n + m + 1)) / 12);
    const z = normalQuantile((1 + confidence) / 2);
    return { skip: Math.max(0, Math.floor((n * m) / 2 - z * spread)), reached: confidence };
  }
  const counts = uDistribution(n, m);
  const total = arrangements(n + m, n);
  let tail = 0;
  let skip = 0;
  let reached = 1 - (2 * (counts[0] ?? 0)) / total;
  for (let u = 0; u < counts.length; u++) {
    tail += counts[u] ?? 0;
    if (1 - (2 * tail) / total < confidence) break;
    skip = u;
    reached = 1 - (2 * tail) / total;
  }
  return { skip, reached };
}

/** Number of arrangements without ties that give U = 0, 1, 2, … (the recurrence of Mann and Whitney). */
function uDistribution(n: number, m: number): number[] {
  let rows: number[][] = Array.from({ length: m + 1 }, () => [1]);
  for (let i = 1; i <= n; i++) {
    const next: number[][] = [[1]];
    for (let j = 1; j <= m; j++) {
      const row = new Array<number>(i * j + 1).fill(0);
      const left = next[j - 1] ?? [];
      const above = rows[j] ?? [];
      for (let u = 0; u < row.length; u++) row[u] = (left[u] ?? 0) + (u >= j ? (above[u - j] ?? 0) : 0);
      next.push(row);
    }
    rows = next;
  }
  return rows[m] ?? [];
}

function exactP(ranks: readonly number[], take: number, expected: number, far: number): number {
  let atLeast = 0;
  let all = 0;
  const choose = (from: number, left: number, rankSum: number): void => {
    if (left === 0) {
      all++;
      if (Math.abs(rankSum - expected) >= far - 1e-9) atLeast++;
      return;
    }
    for (let i = from; i <= ranks.length - left; i++) choose(i + 1, left - 1, rankSum + (ranks[i] ?? 0));
  };
  choose(0, take, 0);
  return atLeast / all;
}

/** Ranks from 1, equal values sharing the mean of theirs. */
export function midRanks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((x, y) => x.value - y.value);
  const ranks = new Array<number>(values.length).fill(0);
  for (let i = 0; i < order.length; ) {
    let j = i;
    while (j + 1 < order.length && order[j + 1]?.value === order[i]?.value) j++;
    for (let k = i; k <= j; k++) ranks[order[k]?.index ?? 0] = (i + j) / 2 + 1;
    i = j + 1;
  }
  return ranks;
}

function arrangements(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) result = (result * (n - i + 1)) / i;
  return Math.round(result);
}

function tally(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Abramowitz, Stegun 26.2.17; error below 7.5e-8. */
function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
  return z >= 0 ? 1 - upper : upper;
}

function normalQuantile(p: number): number {
  let low = -10;
  let high = 10;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
