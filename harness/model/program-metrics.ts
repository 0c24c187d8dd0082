import { type CellFamily, cellFields as fields, traits } from './metric-families.ts';
import type { MeasuredCell } from './report.ts';

/** The program that made the load; of several peers the first. */
const programOf = ({ programs = [] }: MeasuredCell) => programs[0];

/** Whether the ports ran out, and what the program that made the load did. */
export const programFamilies: readonly CellFamily[] = [
  fields(
    'exhaustion.',
    ['ranOut'],
    traits('flag', '', 'lower', "the witnesses' finding"),
    (cell) => cell.exhaustion?.ranOut ?? null,
  ),
  fields(
    'exhaustion.',
    ['count'],
    traits('count', 'count', 'lower', 'calls that found no free port, of the deciding witness'),
    (cell) => cell.exhaustion?.count ?? null,
  ),
  fields(
    'program.',
    ['exitCode'],
    traits('level', '', 'neutral', 'exit code of the program that made the load; not read: a signal ended it'),
    (cell) => programOf(cell)?.exitCode ?? null,
  ),
  fields(
    'program.',
    ['endedByLab'],
    traits('flag', '', 'neutral', 'it still ran at the end of the load'),
    (cell) => programOf(cell)?.endedByLab ?? null,
  ),
  fields(
    'program.',
    ['messages'],
    traits('count', 'count', 'neutral', 'its lines that say that no port was free, the first 5'),
    (cell) => programOf(cell)?.messages.length ?? null,
  ),
];
