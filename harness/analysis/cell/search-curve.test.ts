import { expect, it } from 'vitest';
import type { CellRecord } from '../journal/collect.ts';
import { searchCurve } from './search-curve.ts';

const intervalMs = 100;
const startedAt = 5000;

/** A client that opens 100 connections in each interval, each of which leaves a TIME_WAIT, at this median of connect(), µs. */
function cell(meansUs: readonly (number | null)[], established: number | null = 0): CellRecord {
  const load = meansUs.map((mean, index) => ({
    t: startedAt + (index + 1) * intervalMs,
    intervalMs,
    attempts: 100,
    connected: 100,
    completed: 100,
    answers: 100,
    failures: [],
    connectCallUs: mean === null ? null : { count: 100, mean, p50: mean },
  }));
  const samples = Array.from({ length: meansUs.length + 1 }, (_, index) => ({
    t: startedAt + index * intervalMs,
    readings: { tw: 100 * index },
    counters: established === null ? {} : { 'Tcp.CurrEstab': established },
  }));
  const result = { startedAt, endedAt: startedAt + meansUs.length * intervalMs };
  return {
    plan: { scenario: { load: { from: 'client', durationMs: 0 } }, peers: [{ kind: 'client', role: 'client' }] },
    peers: new Map([['client', { load, samples, result }]]),
  } as never;
}

const times = (count: number, value: number) => Array.from({ length: count }, () => value);

it('has the median of connect() by tenths of the four-tuples, and the height of the cliff', () => {
  const curve = searchCurve(cell([...times(5, 20), ...times(5, 300)]), 1000);
  expect(curve?.tenths.map((tenth) => tenth.connectCallUs)).toEqual([...times(5, 20), ...times(5, 300)]);
  expect(curve?.tenths.map((tenth) => [tenth.fromPercent, tenth.calls])[9]).toEqual([90, 100]);
  expect(curve).toMatchObject({ belowHalfUs: 20, pastHalfUs: 300, ratio: 15 });
});

it('has no height where the load stayed below half', () => {
  expect(searchCurve(cell(times(5, 20)), 2000)).toMatchObject({ belowHalfUs: 20, pastHalfUs: null, ratio: null });
});

it('counts calls at a full range in the last tenth', () => {
  const curve = searchCurve(cell(times(12, 20)), 1000);
  expect(curve?.tenths.at(-1)).toEqual({ fromPercent: 90, calls: 300, connectCallUs: 20 });
});

it('is not read where connect() is not timed, or the levels were not read', () => {
  expect(searchCurve(cell([null, null]), 1000)).toBeNull();
  expect(searchCurve(cell(times(3, 20), null), 1000)).toBeNull();
  expect(searchCurve(cell(times(3, 20)), 0)).toBeNull();
});
