import type { CellPlan } from '../model/cell.ts';
import { type CellContext, type CellOutcome, runCell } from './cell-runner.ts';

/**
 * Runs cells in their order, `parallel` at a time; after an interruption starts no more. Cells that read what
 * belongs to the whole machine come last, one at a time.
 */
export async function runCells(
  cells: readonly CellPlan[],
  parallel: number,
  context: CellContext,
): Promise<Map<string, CellOutcome>> {
  const outcomes = new Map<string, CellOutcome>();
  const isAlone = (cell: CellPlan) => cell.scenario.watchSlab !== undefined;
  const work = async (waiting: CellPlan[]) => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (context.signal.aborted) return;
      outcomes.set(next.id, await runCell(next, context));
    }
  };
  const together = cells.filter((cell) => !isAlone(cell));
  await Promise.all(Array.from({ length: Math.min(parallel, cells.length) }, () => work(together)));
  await work(cells.filter(isAlone));
  return outcomes;
}
