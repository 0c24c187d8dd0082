import { describe, expect, it } from 'vitest';
import { mannWhitneyP, median, shiftInterval, smallestP } from './statistics.ts';

describe('median', () => {
  it('of odd and even numbers of values, in any order', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});

describe('mannWhitneyP', () => {
  it('is 2/C(n+m,n) for samples that do not overlap', () => {
    expect(mannWhitneyP([1, 2, 3], [4, 5, 6])).toBeCloseTo(0.1, 10);
    expect(mannWhitneyP([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).toBeCloseTo(2 / 252, 10);
    expect(smallestP(3, 3)).toBeCloseTo(0.1, 10);
    expect(smallestP(5, 5)).toBeCloseTo(2 / 252, 10);
  });

  it('agrees with published tables', () => {
    // n = m = 5, U = 4: one-sided 0.0476 (12 of 252), two-sided 0.0952.
    expect(mannWhitneyP([1, 2, 3, 6, 7], [4, 5, 8, 9, 10])).toBeCloseTo(24 / 252, 4);
  });

  it('is 1 for equal samples and symmetric', () => {
    expect(mannWhitneyP([5, 5, 5], [5, 5, 5])).toBe(1);
    expect(mannWhitneyP([1, 4, 6], [2, 3, 9])).toBeCloseTo(mannWhitneyP([2, 3, 9], [1, 4, 6]), 12);
  });

  it('the approximation for large samples agrees with a permutation test', () => {
    const a = Array.from({ length: 12 }, (_, i) => i * 2);
    const b = Array.from({ length: 12 }, (_, i) => i * 2 + 7);
    const random = generator(3);
    const smaller = (x: readonly number[], y: readonly number[]) =>
      x.reduce((n, v) => n + y.filter((w) => w < v).length, 0);
    const far = Math.abs(smaller(a, b) - 72);
    let asFar = 0;
    for (let i = 0; i < 4000; i++) {
      const mixed = [...a, ...b].map((v) => ({ v, k: random() })).sort((x, y) => x.k - y.k);
      const values = mixed.map(({ v }) => v);
      if (Math.abs(smaller(values.slice(0, 12), values.slice(12)) - 72) >= far) asFar++;
    }
    expect(Math.abs(mannWhitneyP(a, b) - asFar / 4000)).toBeLessThan(0.015);
  });
});

describe('shiftInterval', () => {
  it('covers the ratio and says which confidence small samples reach', () => {
    const five = shiftInterval([100, 101, 102, 103, 104], [200, 202, 204, 206, 208], 'ratio', 0.95);
    expect(five.estimate).toBeCloseTo(2, 2);
    expect(five.low).toBeGreaterThan(1.9);
    expect(five.high).toBeLessThan(2.1);
    expect(five.confidence).toBeGreaterThanOrEqual(0.95);
    expect(shiftInterval([1, 2, 3], [1, 2, 3], 'ratio', 0.95).confidence).toBeCloseTo(0.9, 10);
  });

  it('contains the true ratio about as often as its confidence says', () => {
    const random = generator(7);
    let hits = 0;
    for (let i = 0; i < 300; i++) {
      const a = Array.from({ length: 6 }, () => 100 * (0.8 + 0.4 * random()));
      const b = Array.from({ length: 6 }, () => 150 * (0.8 + 0.4 * random()));
      const { low, high } = shiftInterval(a, b, 'ratio', 0.95);
      if (low <= 1.5 && 1.5 <= high) hits++;
    }
    expect(hits / 300).toBeGreaterThan(0.9);
  });
});

/** Park-Miller: the same numbers in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
