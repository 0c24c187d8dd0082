import { expect, it } from 'vitest';
import { sampleCell } from '../../../test/samples/report.ts';
import type { ProgramReport } from '../../model/report.ts';
import { programRow } from './program-rows.ts';

const program = (more: Partial<ProgramReport>): ProgramReport => ({
  ...{ role: 'client', command: ['tool'], endedAtMs: 100, exitCode: 0, signal: null, endedByLab: false, cpuMs: 1 },
  ...{ messages: [], lastLines: [] },
  ...more,
});
const rowOf = (more: Partial<ProgramReport>) =>
  programRow('a', sampleCell({ programs: [program(more)], exhaustion: { ranOut: true, count: 12, evidence: [] } }));

it.each([
  [{ exitCode: 99, messages: ['no port (99)'] }, ['exit code 99', '12', '`no port (99)`']],
  [{ exitCode: null, signal: 'SIGSEGV' }, ['was ended by SIGSEGV', '12', 'nothing']],
  [{ endedByLab: true, lastLines: ['fine'] }, ['still ran at the end of the load', '12', 'nothing']],
  [{ lastLines: ['Socket errors: connect 51', 'done'] }, ['exit code 0', '12', '`Socket errors: connect 51`']],
  [{ messages: ['[\u241b[1;33merror\u241b[0m] no port'] }, ['exit code 0', '12', '`[error] no port`']],
])('%j', (more, row) => {
  expect(rowOf(more)).toEqual(['a', ...row]);
});

it('an engine of the lab is not a program', () => {
  const { programs: _, exhaustion: __, ...cell } = sampleCell();
  expect(programRow('a', cell)).toEqual(['a', 'an engine of the lab', 'not counted', 'each failure with its errno']);
});
