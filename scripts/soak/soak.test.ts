import { expect, it } from 'vitest';
import type { CellReport, Report } from '../../harness/model/report.ts';
import { scenarios } from '../../scenarios/registry.ts';
import { randomFrom } from '../random.ts';
import { type Round, rounds } from './choose.ts';
import { judge, type Strike } from './judge.ts';
import { type Levels, slopes } from './levels.ts';

const names = scenarios.map(({ name }) => name);
const first = (count: number, seed: number) => {
  const all: Round[] = [];
  for (const round of rounds(names, randomFrom(seed))) {
    all.push(round);
    if (all.length === count) break;
  }
  return all;
};

it('runs every scenario and every fault, and the same rounds for the same seed', () => {
  const some = first(200, 1);
  expect(first(200, 1)).toEqual(some);
  expect(first(200, 2)).not.toEqual(some);
  expect(new Set(some.map(({ scenario }) => scenario))).toEqual(new Set(names));
  expect(new Set(some.map(({ fault }) => fault)).size).toBe(7);
  expect(some.some(({ free }) => free?.verdicts.includes('exhausted'))).toBe(true);
});

it('chooses loads of its own whose verdict is certain', () => {
  for (const { free } of first(400, 3)) {
    if (free === undefined) continue;
    const arrivals = (free.ratePerSec * free.durationMs) / 1000;
    if (free.reuse) expect(free.ratePerSec / free.ports).toBeLessThan(0.6);
    else if (free.verdicts.includes('exhausted')) expect(arrivals / free.ports).toBeGreaterThan(1.15);
    else expect(arrivals / free.ports).toBeLessThan(0.9);
    expect(free.ratePerSec).toBeGreaterThan(free.ports / 60);
  }
});

const cell = (verdict: string, more: object = {}) =>
  ({
    ...{ id: `a/${verdict}/1`, verdict, reason: 'why', interrupted: false },
    ...{ ledger: { closes: true, identities: [] }, expectations: [] },
    ...more,
  }) as unknown as CellReport;
const outcome = (cells: CellReport[], strike: Strike | null = null, interrupted = false) => ({
  report: { run: { interrupted }, cells } as unknown as Report,
  strike,
});
const round = { scenario: 'a', fault: 'none' } as Round;
const hit = (id: string, isFatal: boolean): Strike => ({ cell: id, what: 'client: SIGKILL of its agent', isFatal });

it.each<[string, ReturnType<typeof outcome>, { wrong?: number; unmet?: number }]>([
  ['an untouched cell that holds', outcome([cell('healthy')]), {}],
  ['an untouched cell that failed', outcome([cell('failed')]), { wrong: 1 }],
  ['a struck cell that failed', outcome([cell('failed')], hit('a/failed/1', true)), {}],
  [
    'a cell that was measured though its agent was killed',
    outcome([cell('healthy')], hit('a/healthy/1', true)),
    { wrong: 1 },
  ],
  ['a struck cell after its load', outcome([cell('healthy')], hit('a/healthy/1', false)), {}],
  ['an interrupted cell', outcome([cell('failed', { interrupted: true })], null, true), {}],
  ['a valid cell whose ledger is open', outcome([cell('healthy', { ledger: { closes: false } })]), { wrong: 1 }],
  ['an untouched cell that is invalid', outcome([cell('invalid', { ledger: { closes: false } })]), { unmet: 1 }],
  [
    'an expectation that does not hold',
    outcome([cell('healthy', { expectations: [{ text: 'x', holds: false, observed: 'y' }] })]),
    { unmet: 1 },
  ],
])('judges %s', (_, result, { wrong = 0, unmet = 0 }) => {
  const judged = judge(round, result);
  expect([judged.wrong.length, judged.unmet.length]).toEqual([wrong, unmet]);
});

it('judges a load of its own by arithmetic alone', () => {
  const free = { ports: 100, ratePerSec: 100, durationMs: 2000, reuse: false, verdicts: ['exhausted' as const] };
  expect(judge({ ...round, free }, outcome([cell('exhausted')])).unmet).toEqual([]);
  expect(judge({ ...round, free }, outcome([cell('healthy')])).unmet).toHaveLength(1);
});

it('fits a slope per hour to what is left after the start', () => {
  const levels = (openFiles: number) => ({ openFiles, heapMiB: null }) as unknown as Levels;
  const points = [0, 30, 60, 90].map((minute) => ({
    atMs: minute * 60_000,
    levels: levels(minute === 0 ? 99 : minute),
  }));
  const [slope] = slopes(points, 1000);
  expect(slope).toMatchObject({ name: 'openFiles', first: 30, last: 90, max: 90 });
  expect(slope?.perHour).toBeCloseTo(60, 6);
});
