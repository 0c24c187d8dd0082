import { describe, expect, it } from 'vitest';
import { LoadSpec } from '../../model/scenario.ts';
import { type Arrivals, busiestWindow, mostArrivals } from './burst.ts';

const load = (arrival: object, durationMs = 3000, more: object = {}) =>
  LoadSpec.parse({ closePolicy: 'client-fin', arrival, durationMs, ...more });

describe('mostArrivals', () => {
  it('is rate × window for uniform arrivals, at most their total', () => {
    expect(mostArrivals(load({ loop: 'open', ratePerSec: 800 }), 1000)).toBe(800);
    expect(mostArrivals(load({ loop: 'open', ratePerSec: 30 }), 100)).toBe(3);
    expect(mostArrivals(load({ loop: 'open', ratePerSec: 33 }), 100)).toBe(4);
    expect(mostArrivals(load({ loop: 'open', ratePerSec: 800 }, 500), 1000)).toBe(400);
    expect(mostArrivals(load({ loop: 'open', ratePerSec: 800 }, 3000, { maxAttempts: 100 }), 1000)).toBe(100);
    expect(mostArrivals(load({ loop: 'closed', concurrency: 8 }), 1000)).toBeNull();
  });

  it('is what 99 of 100 simulated runs stay within for Poisson arrivals', () => {
    let state = 7;
    const random = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const busiestOfRun = () => {
      const times: number[] = [];
      for (let t = -Math.log(1 - random()) / 0.8; t < 20_000; t += -Math.log(1 - random()) / 0.8) times.push(t);
      let most = 0;
      let from = 0;
      for (const [to, t] of times.entries()) {
        while (t - (times[from] ?? 0) >= 1000) from++;
        most = Math.max(most, to - from + 1);
      }
      return most;
    };
    const predicted = mostArrivals(load({ loop: 'open', ratePerSec: 800, spacing: 'poisson' }, 20_000), 1000) ?? 0;
    const measured = Array.from({ length: 300 }, busiestOfRun).sort((a, b) => a - b);
    expect(predicted).toBeGreaterThan(measured[150] ?? 0);
    expect(measured.filter((most) => most > predicted).length).toBeLessThanOrEqual(6);
    expect(measured.filter((most) => most > predicted - 15).length).toBeGreaterThanOrEqual(3);
  });

  it('is a number for any rate', () => {
    for (const ratePerSec of [0.01, 1, 50, 1e4, 1e7]) {
      const most = mostArrivals(load({ loop: 'open', ratePerSec, spacing: 'poisson' }, 86_400_000), 1000) ?? Number.NaN;
      expect(most).toBeGreaterThanOrEqual(ratePerSec);
      expect(most).toBeLessThan(ratePerSec + 12 * Math.sqrt(ratePerSec) + 61);
    }
  });
});

describe('busiestWindow', () => {
  const every100Ms = (...counts: number[]): Arrivals[] =>
    counts.map((count, index) => ({ fromMs: index * 100, toMs: (index + 1) * 100, count }));

  it('finds the burst of overdue arrivals', () => {
    expect(busiestWindow(every100Ms(...Array(30).fill(80)), 1000)).toBe(800);
    // 400 ms without an arrival, then the 320 that were due at once.
    const late = [...Array(10).fill(80), 0, 0, 0, 0, 400, ...Array(15).fill(80)];
    expect(busiestWindow(every100Ms(...late), 1000)).toBe(400 + 9 * 80);
  });

  it('counts the part of an interval that is inside the window', () => {
    expect(busiestWindow(every100Ms(0, 100, 100, 0), 150)).toBe(150);
    expect(busiestWindow(every100Ms(0, 100, 20, 0), 150)).toBe(110);
  });

  it('is null for less than a window', () => {
    expect(busiestWindow(every100Ms(80, 80), 1000)).toBeNull();
    expect(busiestWindow([], 1000)).toBeNull();
  });
});
