import { expect, it } from 'vitest';
import type { CellPlan } from '../../model/cell.ts';
import { type JournalLine, journalVersion } from '../../model/journal.ts';
import { RunCollector } from './collect.ts';

const run = { type: 'run', journalVersion, id: 'r', cells: ['a', 'b', 'c'] } as unknown as JournalLine;
const begins = (id: string, index: number): JournalLine => ({
  type: 'cell',
  t: 0,
  cell: id,
  plan: { id, index } as unknown as CellPlan,
});

it('gives cells in the order of the plan, whichever began first and whichever was repeated', () => {
  const collector = new RunCollector();
  for (const line of [run, begins('c', 2), begins('a', 0), begins('b', 1), begins('a', 0)]) collector.add(line);
  expect(collector.result()?.cells.map((cell) => cell.plan.id)).toEqual(['a', 'b', 'c']);
});
