import { describe, expect, it } from 'vitest';
import { LoadSpec } from '../../model/scenario.ts';
import { type BudgetInput, exhaustionAfter, portsTaken, predict } from './budget.ts';
import { longestLifeMs, wheelStepMs } from './time-wait-life.ts';

function input(changes: Partial<Omit<BudgetInput, 'load'>> & { load?: object } = {}): BudgetInput {
  const { load, ...rest } = changes;
  return {
    ports: 1000,
    destinations: 1,
    sources: 1,
    reuse: false,
    reuseDelayMs: 1000,
    buckets: 131_072,
    serverCloses: true,
    paced: true,
    ...rest,
    load: LoadSpec.parse({
      closePolicy: 'client-fin',
      arrival: { loop: 'open', ratePerSec: 800 },
      durationMs: 3000,
      ...load,
    }),
  };
}

describe('port budget', () => {
  it('predicts no exhaustion where the search is too slow to fill a wide range before its first ports are free again', () => {
    const load = { arrival: { loop: 'open', ratePerSec: 1000 }, durationMs: 90_000, threads: 2 };
    const wide = predict(input({ ports: 64_512, load }));
    expect(wide).toMatchObject({ timeToExhaustionMs: null, timeToDegradedMs: 32_256, plateau: 46_481 });
    expect(wide.notes.join()).toContain('past half of the range');
    const short = predict(input({ ports: 64_512, load: { ...load, durationMs: 20_000 } }));
    expect(short).toMatchObject({ timeToDegradedMs: null, plateau: 20_000, notes: [] });
  });

  it('predicts no slow search where connect() takes random steps', () => {
    const load = { arrival: { loop: 'open', ratePerSec: 1000 }, durationMs: 90_000, threads: 2 };
    const random = predict(input({ ports: 64_512, randomStep: true, load }));
    expect(random).toMatchObject({
      timeToDegradedMs: null,
      plateau: 60_000,
      notes: [expect.stringContaining('step_width')],
    });
    const leak = { closePolicy: 'leak' };
    expect(predict(input({ load: leak })).timeToDegradedMs).toBe(625);
    expect(predict(input({ randomStep: true, load: leak })).timeToDegradedMs).toBeNull();
  });

  it('matches the published ceilings: 28,232 ports allow 470 a second', () => {
    expect(predict(input({ ports: 28_232 })).maxRatePerSec).toBeCloseTo(470.5, 1);
  });

  it('predicts exhaustion of 1,000 ports at 800/s after 1.25 s', () => {
    const predicted = predict(input());
    expect(predicted.timeToExhaustionMs).toBe(1250);
    expect(predicted.timeToDegradedMs).toBe(625);
    expect(predicted.plateau).toBe(1000);
  });

  it('predicts none below the ceiling', () => {
    const slow = predict(input({ load: { arrival: { loop: 'open', ratePerSec: 16 }, durationMs: 600_000 } }));
    expect(slow.timeToExhaustionMs).toBeNull();
    expect(slow.plateau).toBe(960);
  });

  it('multiplies by destinations and sources', () => {
    expect(predict(input({ destinations: 4, sources: 2 })).maxRatePerSec).toBeCloseTo(8000 / 60, 6);
  });

  it('allows ports per reuse delay, with a plateau of one parity while that is old enough', () => {
    expect(predict(input({ reuse: true })).maxRatePerSec).toBe(1000);
    expect(predict(input({ reuse: true, reuseDelayMs: 100 })).maxRatePerSec).toBe(10_000);
    expect(predict(input({ reuse: true, load: { arrival: { loop: 'open', ratePerSec: 400 } } })).plateau).toBe(500);
    expect(predict(input({ reuse: true })).plateau).toBe(1000);
  });

  it('predicts nothing past the end of the load or of its attempts, with reuse as without', () => {
    const fast = { arrival: { loop: 'open', ratePerSec: 2000 }, durationMs: 400 };
    for (const reuse of [true, false]) {
      expect(predict(input({ reuse, load: fast }))).toMatchObject({ timeToExhaustionMs: null, timeToDegradedMs: 250 });
      const few = { arrival: fast.arrival, maxAttempts: 500 };
      expect(predict(input({ reuse, load: few }))).toMatchObject({ timeToExhaustionMs: null, timeToDegradedMs: null });
      // As many as there are four-tuples: the next one would fail.
      expect(predict(input({ reuse, load: { ...few, maxAttempts: 1000 } })).timeToExhaustionMs).toBeNull();
      expect(predict(input({ reuse, load: { ...few, maxAttempts: 1001 } })).timeToExhaustionMs).toBe(500);
    }
  });

  it('predicts when the ports would run out if the load went on, unless a limit of attempts ends it', () => {
    const load = { arrival: { loop: 'open', ratePerSec: 600 }, durationMs: 3000 };
    expect(exhaustionAfter(input({ ports: 2286, load }), 3000)).toBeCloseTo(3810, 0);
    expect(exhaustionAfter(input({ ports: 2286, load }), 4000)).toBeNull();
    expect(exhaustionAfter(input({ ports: 2286, load: { ...load, maxAttempts: 2000 } }), 3000)).toBeNull();
    expect(exhaustionAfter(input({ ports: 2286, reuse: true, load }), 3000)).toBeNull();
    expect(exhaustionAfter(input({ load: { arrival: { loop: 'closed', concurrency: 8 } } }), 3000)).toBeNull();
  });

  it('decides exhaustion with reuse by the most arrivals in any reuse delay', () => {
    const uniform = { arrival: { loop: 'open', ratePerSec: 980 }, durationMs: 20_000 };
    expect(predict(input({ reuse: true, load: uniform }))).toMatchObject({ burst: 980, notes: [] });
    const poisson = { ...uniform, arrival: { ...uniform.arrival, spacing: 'poisson' } };
    const bursts = predict(input({ reuse: true, load: poisson }));
    expect(bursts.burst).toBeGreaterThan(1000);
    expect(bursts.notes.join()).toMatch(/1,000 four-tuples, so ports can run out below the ceiling/);
  });

  it('limits the plateau to the buckets only where it would exceed them', () => {
    const reused = { arrival: { loop: 'open', ratePerSec: 400 } };
    expect(predict(input({ reuse: true, buckets: 600, load: reused })).plateau).toBe(500);
    expect(predict(input({ reuse: true, buckets: 300, load: reused }))).toMatchObject({
      plateau: 300,
      maxRatePerSec: null,
    });
    const slow = { arrival: { loop: 'open', ratePerSec: 10 }, durationMs: 3_600_000 };
    expect(predict(input({ buckets: 700, load: slow }))).toMatchObject({ plateau: 600 });
  });

  it('predicts a plateau below one parity while it is not filled: 8,326 were measured at 200/s for a minute', () => {
    const slow = { arrival: { loop: 'open', ratePerSec: 200 }, durationMs: 60_000 };
    expect(predict(input({ ports: 28_232, reuse: true, load: slow })).plateau).toBe(8755);
  });

  it('fills one parity pass by pass: the first pass finds no TIME_WAIT, later ones more and more', () => {
    const round = 500 / 4.5;
    expect(portsTaken(500, 100)).toBe(100);
    expect(portsTaken(500, round)).toBe(111);
    expect(portsTaken(500, 2 * round)).toBe(198); // 111 and (1 − 1/4.5) of another 111
    expect(portsTaken(500, 1e6)).toBe(500);
    expect(portsTaken(0, 10)).toBe(0);
    expect(portsTaken(500, Number.POSITIVE_INFINITY)).toBe(500);
  });

  it('stretches the second half of a wide range by the port search', () => {
    const full = predict(
      input({ ports: 28_232, load: { arrival: { loop: 'open', ratePerSec: 1000 }, durationMs: 90_000 } }),
    );
    expect(full.timeToDegradedMs).toBe(14_116);
    expect(full.timeToExhaustionMs).toBeGreaterThan(28_232);
    expect(full.notes).toHaveLength(1);
  });

  it('applies the bucket limit before the ports', () => {
    const capped = predict(input({ buckets: 200 }));
    expect(capped).toMatchObject({ maxRatePerSec: null, timeToExhaustionMs: null, plateau: 200 });
  });

  it('leaves the ports without a limit where the server closes, or nobody keeps a TIME_WAIT', () => {
    expect(predict(input({ load: { closePolicy: 'server-fin' } }))).toMatchObject({
      maxRatePerSec: null,
      plateau: 498,
    });
    expect(predict(input({ load: { closePolicy: 'simultaneous' } }))).toMatchObject({ plateau: null });
    const closed = { arrival: { loop: 'closed', concurrency: 10 } };
    expect(predict(input({ load: closed, paced: false })).plateau).toBeNull();
    expect(predict(input({ load: closed })).plateau).toBe(1000);
    expect(predict(input({ serverCloses: false }))).toMatchObject({ maxRatePerSec: null, plateau: 0 });
    expect(predict(input({ load: { closePolicy: 'client-rst' } }))).toMatchObject({
      maxRatePerSec: null,
      plateau: null,
    });
    expect(predict(input({ load: { requestsPerConnection: 0 } })).maxRatePerSec).toBeNull();
  });
});

it.each([
  'client-fin',
  'server-fin',
  'client-rst',
  'leak',
  'simultaneous',
])('every number of a prediction is one, or null, for %s', (closePolicy) => {
  const arrivals = [
    { loop: 'closed', concurrency: 5 },
    { loop: 'open', ratePerSec: 0.5 },
    { loop: 'open', ratePerSec: 1e6 },
  ];
  for (const arrival of arrivals) {
    for (const reuse of [true, false]) {
      for (const ports of [0, 1, 2, 28_232]) {
        const predicted = predict(input({ ports, reuse, load: { closePolicy, arrival } }));
        for (const value of [predicted.plateau, predicted.timeToExhaustionMs, predicted.timeToDegradedMs]) {
          expect(value === null || Number.isFinite(value)).toBe(true);
        }
      }
    }
  }
});

describe("a TIME_WAIT's life", () => {
  it('is rounded up by the timer wheel, by HZ', () => {
    expect(wheelStepMs(250)).toBe(2048);
    expect(wheelStepMs(1000)).toBe(4096);
    expect(wheelStepMs(100)).toBe(5120);
    expect(longestLifeMs(250)).toBe(62_052);
  });
});
