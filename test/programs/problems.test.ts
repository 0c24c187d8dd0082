import { expect, it } from 'vitest';
import { problemsOf } from './problems.ts';
import { type ProgramCase, programCase } from './program-case.ts';
import type { CaseResult } from './run-case.ts';
import type { CellResult } from './run-results.ts';

const cell = (given: Partial<CellResult>): CellResult => ({
  id: 'short-conn/tw-reuse-0/1',
  verdict: 'healthy',
  certainty: null,
  portless: null,
  reason: null,
  failures: null,
  lastedMs: 2100,
  ...given,
});

function problems(row: Partial<ProgramCase>, ranOut: boolean | null, given: Partial<CaseResult>): string[] {
  const result = { cells: [cell({})], exitCode: 0, processesLeft: [], said: '', ...given };
  const whole = programCase({ name: 'x', command: 'x', ranOut: ranOut ?? 'unknown', ...row });
  return problemsOf(whole, { truth: { ranOut, counts: null }, ...result });
}

it.each([
  ['healthy', false],
  ['inconclusive', false],
  ['exhausted', true],
  ['unknown', true],
])('accepts %s where ranOut is %s', (verdict, ranOut) => {
  expect(problems({}, ranOut, { cells: [cell({ verdict })] })).toEqual([]);
});

it.each([
  ['healthy', true, {}],
  ['exhausted', false, {}],
  ['invalid', false, {}],
  ['unknown', true, { verdicts: ['exhausted'] }],
  ['healthy', false, { never: ['healthy'] }],
] as const)('refuses %s where ranOut is %s and the row says %j', (verdict, ranOut, row) => {
  const cells = [cell({}), cell({ verdict })].slice(verdict === 'healthy' || ranOut ? 1 : 0);
  expect(problems(row, ranOut, { cells })).toHaveLength(1);
});

it('refuses what was not read, hangs, lasts too long or leaves something behind', () => {
  expect(problems({ ranOut: true }, null, {})).toEqual(['the program left no readable log']);
  // It may end before its program writes anything.
  expect(problems({ ranOut: 'unknown' }, null, {})).toEqual([]);
  expect(problems({ ranOut: true }, false, {})).toHaveLength(1);
  expect(problems({}, false, { exitCode: null })).toHaveLength(1);
  expect(problems({}, false, { cells: [] })).toHaveLength(1);
  expect(problems({}, false, { cells: [cell({ lastedMs: 5001 })] })).toHaveLength(1);
  expect(problems({}, false, { processesLeft: ['12 sleep 600'] })).toEqual(['process left: 12 sleep 600']);
});
