import { expect, it } from 'vitest';
import { sampleCell, sampleSkipped } from '../../test/samples/report.ts';
import type { GateResult } from '../model/gates.ts';
import type { CellReport } from '../model/report.ts';
import { exitCodeOf } from './exit-code-of.ts';

const held = sampleCell();
const missed = sampleCell({ expectations: [{ text: 'ports last', holds: false, observed: '' }] });
const failed: CellReport = { ...sampleSkipped(), verdict: 'failed', reason: 'gone', interrupted: false } as CellReport;
const gate = (state: GateResult['state']): GateResult => ({
  gate: 'verdict == healthy',
  cell: held.id,
  scenario: held.scenario,
  profile: held.profile,
  state,
  observed: '',
});

it.each([
  ['all held', [held], [], 0],
  ['some skipped, the rest held', [held, sampleSkipped()], [gate('held'), gate('skipped')], 0],
  ['an expectation does not hold', [held, missed], [], 1],
  ['a gate does not hold', [held], [gate('held'), gate('broken')], 1],
  ['nothing was measured', [sampleSkipped(), sampleSkipped()], [gate('skipped')], 3],
  ['a cell failed beside skipped ones', [sampleSkipped(), failed], [], 4],
  ['a cell failed and a gate is broken', [failed, held], [gate('broken')], 4],
  ['a cell is invalid', [sampleCell({ verdict: 'invalid' }), missed], [], 4],
] as const)('%s: exit code', (_, cells, gates, code) => {
  expect(exitCodeOf({ cells: [...cells], gates: [...gates] })).toBe(code);
});
