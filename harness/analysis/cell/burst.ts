import type { LoadSpec } from '../../model/scenario.ts';

/** In all but one of this many runs, no window has more Poisson arrivals than predicted. */
const runs = 100;

/**
 * The most arrivals in any window of this length during the load; with tcp_tw_reuse each needs its own four-tuple.
 * Uniform arrivals: rate × window. Poisson arrivals: what 99 of 100 runs stay within. Count. `null`: a closed loop,
 * which the answers pace.
 */
export function mostArrivals({ arrival, durationMs, maxAttempts }: LoadSpec, windowMs: number): number | null {
  if (arrival.loop === 'closed') return null;
  const most = Math.min(maxAttempts ?? Number.POSITIVE_INFINITY, Math.ceil((arrival.ratePerSec * durationMs) / 1000));
  const mean = (arrival.ratePerSec * Math.min(windowMs, durationMs)) / 1000;
  // Rounding error must not turn 0.1 × 30 into 4 arrivals.
  if (arrival.spacing === 'uniform') return Math.min(most, Math.ceil(mean - 1e-9));
  return Math.min(most, poissonMost(mean, durationMs / windowMs));
}

/** Smallest k that no window exceeds in 99 of 100 runs; `windows`: the load's length in windows. */
function poissonMost(mean: number, windows: number): number {
  let low = Math.ceil(mean);
  let high = Math.ceil(mean + 12 * Math.sqrt(mean) + 60);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (staysWithin(middle, mean, windows) >= 1 - 1 / runs) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Probability that no window of a Poisson process has more than k arrivals. Source: Alm, Stochastic Models 1 (1983). */
function staysWithin(k: number, mean: number, windows: number): number {
  const crossings = Math.max(0, 1 - mean / (k + 1)) * Math.max(0, windows - 1) * mean * poisson(k, mean);
  return (1 - tail(k + 1, mean)) * Math.exp(-crossings);
}

/** P(N = k) */
function poisson(k: number, mean: number): number {
  return Math.exp(k * Math.log(mean) - mean - logFactorial(k));
}

/** P(N ≥ k) for k above the mean, where the terms shrink. */
function tail(k: number, mean: number): number {
  let term = poisson(k, mean);
  let sum = 0;
  for (let n = k; term > 1e-12 || n < mean; n++) {
    sum += term;
    term *= mean / (n + 1);
  }
  return Math.min(1, sum);
}

/** Stirling's series; exact to nine digits from 10 on, summed below. */
function logFactorial(n: number): number {
  if (n < 10) {
    let sum = 0;
    for (let i = 2; i <= n; i++) sum += Math.log(i);
    return sum;
  }
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3);
}

/** Arrivals in one time interval; intervals follow each other without overlap. */
export interface Arrivals {
  fromMs: number;
  toMs: number;
  count: number;
}

/**
 * Most arrivals measured in any window, from counts per interval (assumed even within one). `null`: less than one
 * window was measured.
 */
export function busiestWindow(stretches: readonly Arrivals[], windowMs: number): number | null {
  const [first] = stretches;
  const last = stretches.at(-1);
  if (first === undefined || last === undefined || last.toMs - first.fromMs < windowMs) return null;
  // A sliding window's count changes slope only at interval boundaries, so its maximum starts or ends at one.
  const fromStarts = stretches.map(({ fromMs }) => fromMs);
  const fromEnds = stretches.map(({ toMs }) => toMs - windowMs);
  return Math.round(Math.max(mostFrom(stretches, fromStarts, windowMs), mostFrom(stretches, fromEnds, windowMs)));
}

/** `starts` must be ascending. */
function mostFrom(stretches: readonly Arrivals[], starts: readonly number[], windowMs: number): number {
  const before = cumulative(stretches);
  const after = cumulative(stretches);
  let most = 0;
  for (const start of starts) most = Math.max(most, after(start + windowMs) - before(start));
  return most;
}

/** Arrivals until `t`; must be called with ascending times. */
function cumulative(stretches: readonly Arrivals[]): (t: number) => number {
  let index = 0;
  let done = 0;
  return (t) => {
    for (let one = stretches[index]; one !== undefined && one.toMs <= t; one = stretches[++index]) done += one.count;
    const partly = stretches[index];
    if (partly === undefined || t <= partly.fromMs) return done;
    return done + (partly.count * (t - partly.fromMs)) / (partly.toMs - partly.fromMs);
  };
}
