import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scheduleOf } from './schedule.ts';

const arrival = (ratePerSec: number, spacing: 'uniform' | 'poisson') =>
  ({ loop: 'open', ratePerSec, spacing, maxInFlight: 1 }) as const;

describe.each(['uniform', 'poisson'] as const)('%s arrivals', (spacing) => {
  it('become due exactly when they would start, for any share and however many were skipped', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 20_000, noNaN: true }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.record({ ms: fc.integer({ min: 1, max: 400 }), skips: fc.boolean() }), { maxLength: 6 }),
        fc.integer(),
        (ratePerSec, of, steps, seed) => {
          const { times, due } = scheduleOf(arrival(ratePerSec, spacing), { index: of - 1, of }, seed);
          let now = 0;
          let taken = 0;
          for (const { ms, skips } of steps) {
            now += ms;
            if (skips) taken += times.takeBefore(now);
            for (; times.next < now; taken++) times.take();
            expect(due.before(now)).toBe(taken);
          }
        },
      ),
    );
  });

  it('have the given rate', () => {
    const { due } = scheduleOf(arrival(1000, spacing), { index: 0, of: 1 }, 7);
    const count = due.before(10_000);
    if (spacing === 'uniform') expect(count).toBe(10_000);
    else expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});

it('threads alternate', () => {
  const times = [0, 1].map((index) => scheduleOf(arrival(1000, 'uniform'), { index, of: 2 }).times);
  const came = Array.from({ length: 4 }, (_, n) => {
    const own = times[n % 2];
    const at = own?.next;
    own?.take();
    return at;
  });
  expect(came).toEqual([0, 1, 2, 3]);
});
