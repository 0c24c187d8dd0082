import { expect, it } from 'vitest';
import { ageSteps } from '../../model/socket-look.ts';
import { outlookOf, type PortTraffic } from './outlook.ts';

/** TIME_WAITs that began evenly at this rate during so many seconds. */
function steady(perSec: number, seconds: number): Uint32Array {
  const ages = new Uint32Array(ageSteps + 1);
  for (let step = 0; step < Math.min(ageSteps, seconds * 10); step++) ages[step] = perSec / 10;
  return ages;
}

const traffic = (change: Partial<PortTraffic> = {}): PortTraffic => ({
  ports: 1000,
  open: 0,
  ages: null,
  openedPerSec: 100,
  timeWaitPerSec: 100,
  growthPerSec: 0,
  closesFirst: 'here',
  reuse: false,
  reuseDelayMs: 1000,
  buckets: null,
  ...change,
});

it('counts from the ports that are in use already', () => {
  expect(outlookOf(traffic()).exhaustedInMs).toBe(10_000);
  expect(outlookOf(traffic({ ages: steady(100, 4) }))).toMatchObject({ cliffInMs: 1100, exhaustedInMs: 6000 });
  expect(outlookOf(traffic({ open: 400, ages: steady(100, 2) }))).toMatchObject({ cliffInMs: 0, exhaustedInMs: 4000 });
});

it('never runs out below the ceiling, however full it is for now', () => {
  const low = outlookOf(traffic({ openedPerSec: 10, timeWaitPerSec: 10, ages: steady(10, 60) }));
  expect(low).toMatchObject({ exhaustedInMs: null, plateau: 600 });
  // A burst that is over: 900 ports in use, of which the oldest end first.
  const burst = new Uint32Array(ageSteps + 1);
  burst[550] = 900;
  expect(outlookOf(traffic({ openedPerSec: 10, timeWaitPerSec: 10, ages: burst })).exhaustedInMs).toBeNull();
  burst[550] = 0;
  burst[10] = 900;
  expect(outlookOf(traffic({ openedPerSec: 10, timeWaitPerSec: 10, ages: burst })).exhaustedInMs).toBe(10_000);
});

it('slows down past half of a large range, as one thread does', () => {
  const full = outlookOf(traffic({ ports: 28_232, openedPerSec: 2000, timeWaitPerSec: 2000 }));
  expect(full.cliffInMs).toBeGreaterThanOrEqual(7000);
  expect(full.cliffInMs).toBeLessThanOrEqual(7200);
  // 14,116 ports at 580 a second.
  expect(full.exhaustedInMs).toBeGreaterThan(30_000);
  expect(full.exhaustedInMs).toBeLessThan(33_000);
});

it('with reuse only the TIME_WAITs younger than the delay count', () => {
  expect(outlookOf(traffic({ reuse: true, ages: steady(100, 9) }))).toMatchObject({
    exhaustedInMs: null,
    maxRatePerSec: 1000,
  });
  expect(outlookOf(traffic({ reuse: true, openedPerSec: 1200, timeWaitPerSec: 1200 })).exhaustedInMs).toBeGreaterThan(
    0,
  );
});

it('connections that nobody closes use a port each; those that the other side closes use none', () => {
  const leak = traffic({ closesFirst: 'nobody', timeWaitPerSec: 0, growthPerSec: 2, openedPerSec: 2, open: 500 });
  expect(outlookOf(leak).exhaustedInMs).toBeCloseTo(250_000, 3);
  const served = outlookOf(traffic({ closesFirst: 'there', timeWaitPerSec: 0 }));
  expect(served).toEqual({ maxRatePerSec: null, plateau: 0, cliffInMs: null, exhaustedInMs: null });
});

it('has no cliff where connect() takes random steps', () => {
  const random = outlookOf(traffic({ ages: steady(100, 4), randomStep: true }));
  expect(random).toMatchObject({ cliffInMs: null, exhaustedInMs: 6000 });
  expect(outlookOf(traffic({ reuse: true, growthPerSec: 1, randomStep: true })).cliffInMs).toBeNull();
});
